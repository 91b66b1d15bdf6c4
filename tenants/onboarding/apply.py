"""Bringing a province to the state its folder describes: check everything, then create, then step by step."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from django_tenants.utils import schema_exists

from tenants import records, schemas
from tenants.audit import log
from tenants.context import province_context, public_context
from tenants.models import Domain, Province
from tenants.onboarding.folder import Folder, open_folder
from tenants.onboarding.manifest import FILE, Manifest
from tenants.onboarding.problems import Problem, Refused, blocking, in_order, refuse
from tenants.onboarding.registry import Progress, Step, StepReport, steps

_ROW_FIELDS = ("name", "short_name", "agency_code", "hotline", "brand", "brand_dark", "tint", "hours", "demo")
_ALWAYS_ALLOWED = (FILE,)


@dataclass(slots=True)
class ApplyReport:
    """What an apply did."""

    slug: str
    created: bool = False
    row_changes: list[str] = field(default_factory=list)
    """What became different in the province's own row and hosts, in words."""
    steps: list[tuple[Step, StepReport]] = field(default_factory=list)
    remarks: tuple[Problem, ...] = ()

    @property
    def changes(self) -> int:
        """How many things differ from before; 0 when the folder had been applied already."""
        return int(self.created) + len(self.row_changes) + sum(report.changes for _, report in self.steps)


def validate_province(slug: str) -> list[Problem]:
    """All that is wrong with the folder of a province, in order of file and line. Changes nothing."""
    try:
        return _problems_of(open_folder(slug))
    except Refused as refusal:
        return list(refusal.problems)


def apply_province(slug: str, progress: Progress = lambda line: None) -> ApplyReport:
    """Make the province what its folder says: row, hosts, schema, then each registered step.

    Everything is checked first: with a blocking problem Refused is raised and nothing is changed. A creation
    that fails leaves no row, schema or role. Each step is one transaction inside the province; when one fails,
    the steps before it stay, the province keeps its state, and the next apply goes on. Two applies of one
    province do not overlap. Applying the same folder again reports 0 changes.

    The state moves forward only (draft, pilot, live), after the last step: a pause is the operators' word.
    Raises schemas.NotTheOwner under the run-time login.
    """
    schemas.require_owner()
    folder = open_folder(slug)
    with _alone(slug, progress), public_context():
        problems = _problems_of(folder)
        if blocking(problems):
            raise Refused(problems)
        report = ApplyReport(slug, remarks=tuple(problems))
        province = Province.objects.filter(schema_name=slug).first()
        if province is None:
            progress(_("Tạo %(name)s: lược đồ, vai trò, các bảng…") % {"name": folder.manifest.name})
            province = _create(folder.manifest)
            report.created = True
        else:
            _finish_schema(province, progress)
            with transaction.atomic():
                report.row_changes += _update_row(province, folder.manifest)
                report.row_changes += _update_hosts(province, folder.manifest)
        records.forget()
        for step in steps():
            progress(f"{step.title}…")
            report.steps.append((step, _run(step, folder, progress)))
        report.row_changes += _move_state_forward(province, folder.manifest)
    return report


def _problems_of(folder: Folder) -> list[Problem]:
    problems = [*folder.problems, *_unread_files(folder), *_conflicts(folder.manifest)]
    for step in steps():
        try:
            problems += step.validate(folder)
        except Refused as refusal:
            problems += refusal.problems
    return in_order(problems)


def _unread_files(folder: Folder) -> Iterator[Problem]:
    """A misspelt file name would otherwise be ignored in silence."""
    known = {*_ALWAYS_ALLOWED, *(file for step in steps() for file in step.files)}
    for path in sorted(folder.path.iterdir()):
        if path.name in known or path.suffix == ".md" or path.name.startswith("."):
            continue
        yield Problem(path.name, 0, _("không bước nào đọc tệp này; xem lại tên tệp."), blocks=False)


def _conflicts(manifest: Manifest) -> Iterator[Problem]:
    """What another province of this installation has already."""
    document = manifest.document
    with public_context():
        taken_hosts = dict(
            Domain.objects.filter(domain__in=manifest.hosts)
            .exclude(tenant__schema_name=manifest.slug)
            .values_list("domain", "tenant__name")
        )
        others = list(Province.objects.exclude(schema_name=manifest.slug))
    for number, host in enumerate(manifest.hosts):
        if host in taken_hosts:
            names = {"host": host, "name": taken_hosts[host]}
            yield document.problem(_("tên miền %(host)s đang thuộc %(name)s.") % names, "hosts", number)
    for other in others:
        for code in manifest.agency_codes:
            if code and code in other.as_record("").agency_codes:
                place = "agency_code" if code == manifest.agency_code else "merged_from"
                names = {"code": code, "name": other.name}
                yield document.problem(_("mã %(code)s đang thuộc %(name)s.") % names, place)


@contextmanager
def _alone(slug: str, progress: Progress) -> Iterator[None]:
    """Wait until no other apply of this province runs, and keep others out until the block ends.

    The lock has a connection of its own: migrations close the one they ran on, and a lock goes with its
    session. It is freed when this process dies. The slug stands for the uuid, which a new province lacks.
    """
    own = connection.copy()
    key = [f"province apply {slug}"]
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", key)
            if not cursor.fetchone()[0]:
                progress(_("Một lần áp dụng khác đang chạy cho tỉnh này; đang chờ…"))
                cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", key)
        yield
    finally:
        own.close()


def _create(manifest: Manifest) -> Province:
    if schema_exists(manifest.slug):
        # Never dropped here: it may hold the dossiers of a province whose row was lost.
        text = _("đã có lược đồ “%(slug)s” trong cơ sở dữ liệu mà không có tỉnh nào; hãy xem xét trước.")
        raise refuse(FILE, 0, text % {"slug": manifest.slug})
    province = Province(schema_name=manifest.slug, **_row_values(manifest))
    province.save(verbosity=0)
    try:
        with transaction.atomic():
            _update_hosts(province, manifest)
    except BaseException:
        province.delete(force_drop=True)
        raise
    return province


def _finish_schema(province: Province, progress: Progress) -> None:
    """Bring the schema up to date, also one whose creation was killed half-way."""
    if not schema_exists(province.schema_name):
        province.create_schema(verbosity=0)
        return
    with province_context(province.as_record("")):
        executor = MigrationExecutor(connection)
        behind = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if behind:
        progress(_("Cập nhật các bảng…"))
        call_command(
            "migrate_schemas", tenant=True, schema_name=province.schema_name, interactive=False, verbosity=0
        )


def _row_values(manifest: Manifest) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(manifest, name) for name in _ROW_FIELDS}
    values["merged_from"] = [
        {"agency_code": former.agency_code, "name": former.name} for former in manifest.merged_from
    ]
    values["site_verifications"] = list(manifest.site_verifications)
    return values


def _update_row(province: Province, manifest: Manifest) -> list[str]:
    changed = [name for name, value in _row_values(manifest).items() if getattr(province, name) != value]
    for name in changed:
        setattr(province, name, _row_values(manifest)[name])
    if changed:
        province.save(verbosity=0, update_fields=changed)
    return [str(Province._meta.get_field(name).verbose_name) for name in changed]


def _update_hosts(province: Province, manifest: Manifest) -> list[str]:
    """The manifest names all hosts: a former one must stop answering, for its domain may change hands."""
    changes = []
    known = {domain.domain: domain for domain in Domain.objects.filter(tenant=province)}
    for host in known.keys() - set(manifest.hosts):
        known.pop(host).delete()
        changes.append(_("bỏ tên miền %(host)s") % {"host": host})
    # The primary one comes last, since saving it takes the mark from the others.
    for host in reversed(manifest.hosts):
        primary = host == manifest.hosts[0]
        domain = known.get(host) or Domain(domain=host, tenant=province)
        if domain.pk is None or domain.is_primary != primary:
            domain.is_primary = primary
            domain.save()
            changes.append(_("tên miền %(host)s") % {"host": host})
    return changes


def _run(step: Step, folder: Folder, progress: Progress) -> StepReport:
    with province_context(folder.slug) as province, transaction.atomic():
        report = step.apply(folder, progress)
        if report.changes:
            log.record(
                f"onboarding.{step.code}",
                province.slug,
                added=report.added,
                changed=report.changed,
                hidden=report.hidden,
            )
    return report


def _move_state_forward(province: Province, manifest: Manifest) -> list[str]:
    ladder = [Province.State.DRAFT, Province.State.PILOT, Province.State.LIVE]
    if province.state not in ladder:
        return []
    wanted = Province.State(manifest.state)
    if ladder.index(wanted) <= ladder.index(Province.State(province.state)):
        return []
    # Compared and set in one statement: a pause that came meanwhile stands.
    moved = Province.objects.filter(pk=province.pk, state=province.state).update(state=wanted)
    records.forget()
    if not moved:
        return []
    return [_("trạng thái: %(state)s") % {"state": wanted.label}]
