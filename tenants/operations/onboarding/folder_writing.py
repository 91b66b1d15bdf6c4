"""Writing the folder of a province: the first one from answers, and one from what stands in the database.

The first one has what the answers say, what ships with the portal, and comments for the rest. What stands in the files
is the province's own and Vietnamese, whatever language the operator reads.
"""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from pydantic import Field, create_model

from tenants import clock
from tenants.agency_codes import province_of
from tenants.folder.file_schema import Line, load
from tenants.folder.folder import Draft, refuse_bad_slug, require_whole
from tenants.folder.manifest import FILE, STATES, VERSION, Decision
from tenants.folder.problems import Refused, refuse
from tenants.folder.questionnaire import QUESTIONS, Answers, dark_of, read_all, tint_of
from tenants.folder.readers.yaml_reader import read_document
from tenants.isolation import province_cache
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import Domain, Province
from tenants.operations.onboarding import sections
from tenants.operations.onboarding.json_schemas import schema_line, write_schemas
from tenants.validation import Schema

README = "README.vi.md"
DATA = Path(__file__).parents[1] / "data" / "start"

_Answer = Annotated[Line, Field(max_length=400)]
_ANSWERS: dict[str, Any] = {question.key: (_Answer, "") for question in QUESTIONS}
AnswersFile = create_model("AnswersFile", __base__=Schema, **_ANSWERS)
"""A file with answers, each by the key of its question."""


def refuse_existing(slug: str) -> None:
    """Raise Refused for an impossible slug, and where there is a folder already."""
    refuse_bad_slug(slug)
    if (settings.PROVINCES_DIR / slug).exists():
        raise refuse(slug, 0, _("đã có thư mục này trong provinces/; init không ghi đè."))


def answers_in(path: Path, slug: str) -> Answers:
    """The answers written in a YAML file. Raises Refused with the line of every one that is wrong."""
    document = read_document(path)
    given, problems = load(AnswersFile, document, instead={})
    answers, wrong = read_all(slug, given.model_dump() if given else {})
    if given:
        problems += [document.problem(f"{key}: {text}", key) for key, text in wrong.items()]
    if problems:
        raise Refused(problems)
    return answers


def start_province(answers: Answers) -> Path:
    """Write `provinces/<slug>/`; all of it or nothing. Raises Refused where there is a folder already."""
    slug = answers.slug
    refuse_existing(slug)
    draft = drafted(answers)
    settings.PROVINCES_DIR.mkdir(parents=True, exist_ok=True)
    write_schemas()
    # Written beside, and put in its place in one step.
    beside = Path(tempfile.mkdtemp(prefix=f".{slug}-", dir=settings.PROVINCES_DIR))
    try:
        for file, content in draft.files.items():
            _write(beside / file, content, schema_line(file))
        beside.chmod(0o755)
        target: Path = settings.PROVINCES_DIR / slug
        beside.rename(target)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return target


def drafted(answers: Answers) -> Draft:
    """The files of the first folder, not written yet."""
    draft = Draft(answers.slug)
    draft.text(FILE, _manifest(answers))
    with translation.override(settings.LANGUAGE_CODE):
        for step in sections.STEPS:
            step.start(draft, answers)
    draft.text(README, _readme(answers, draft))
    return draft


def _manifest(answers: Answers) -> str:
    lines = [
        f"# {answers.name}. Sửa xong mỗi tệp thì chạy: manage.py province validate {answers.slug}",
        f"version: {VERSION}",
        f"slug: {answers.slug} # tên thư mục và lược đồ, không đổi được về sau",
        f"name: {_quoted(answers.name)}",
        f"short_name: {_quoted(answers.short_name)}",
        f"agency_code: {answers.agency_code} # mã định danh cấp 1, đứng đầu mọi mã hồ sơ",
    ]
    if answers.merged_from:
        lines.append("merged_from: # giấy tờ cũ còn mang các mã này")
        lines += [f"  - {{agency_code: {code}, name: {_former(code)}}}" for code in answers.merged_from]
    hotline = _quoted(answers.hotline)
    lines += [
        "hosts: # tên miền đầu tiên là tên miền chính",
        f"  - {answers.host}",
        f"hotline: {hotline}" if answers.hotline else '# hotline: "1900 1234" # tổng đài',
        f"hours: {_quoted(hours_in_words(answers))}",
        "brand: # colour phải đủ tương phản 4,5:1 trên nền trắng, nền xám và tint",
        f"  colour: {_quoted(answers.colour)}",
        f"  dark: {_quoted(dark_of(answers.colour))}",
        f"  tint: {_quoted(tint_of(answers.colour))}",
        "demo: false",
        f"state: {Province.State.DRAFT.value} # draft: đang chuẩn bị; pilot: chạy thử; live: đang phục vụ. Chỉ đi tới.",
    ]
    return "\n".join(lines) + "\n"


def hours_in_words(answers: Answers) -> str:
    """The office hours as a citizen reads them."""
    return " và ".join(f"{begin}–{end}" for begin, end in answers.hours) + ", thứ Hai đến thứ Sáu"


def _former(code: str) -> str:
    owner = province_of(code)
    name = owner.former_province if owner else code
    return _quoted(name if name.startswith(("Tỉnh ", "Thành phố ")) else f"Tỉnh {name}")


def _quoted(text: str) -> str:
    """A text that YAML takes for nothing else."""
    return json.dumps(text, ensure_ascii=False)


def _readme(answers: Answers, draft: Draft) -> str:
    return (DATA / README).read_text(encoding="utf-8") % {
        "name": answers.name,
        "slug": answers.slug,
        "files": "\n".join(f"- `{file}`" for file in sorted(draft.files)),
        "notes": "".join(f"\n- {note}" for note in draft.notes),
    }


def export_province(slug: str, target: Path) -> Draft:
    """Write the folder of a province to `target / slug`; what it holds, and notes on what no file can say.

    Validating it finds no fault and planning it no change. Comments of the first folder are lost, secrets are
    never in it. Raises Refused for an unknown province and where there is a folder already.
    """
    refuse_bad_slug(slug)
    folder = target / slug
    if folder.exists():
        raise refuse(str(folder), 0, _("đã có thư mục này; hãy chọn nơi khác bằng --to."))
    draft = draft_of(slug)
    for file, content in draft.files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, content)
    return draft


def _write(path: Path, content: str | bytes, heading: str = "") -> None:
    """A text under its heading, or bytes as they are."""
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(heading + content, encoding="utf-8")


def draft_of(slug: str) -> Draft:
    """The folder of a province, not written yet. Raises Refused for an unknown province, and one that is not whole."""
    draft = Draft(slug)
    try:
        record = require_whole(slug)
    except province_cache.UnknownProvince as error:
        raise refuse(slug, 0, _("chưa có tỉnh này; xem `province list`.")) from error
    with public_context():
        province = Province.objects.get(schema_name=slug)
        hosts = list(
            Domain.objects.filter(tenant=province)
            .order_by("-is_primary", "pk")
            .values_list("domain", flat=True)
        )
    heading = f"{province.name}, xuất từ cơ sở dữ liệu ngày {clock.today():%d/%m/%Y}."
    draft.document(FILE, _exported_manifest(province, hosts), heading)
    with province_context(record):
        for step in sections.STEPS:
            step.export(draft)
    return draft


def _exported_manifest(province: Province, hosts: list[str]) -> dict[str, Any]:
    data: dict[str, Any] = {
        "version": int(VERSION),
        "slug": province.schema_name,
        "name": province.name,
        "short_name": province.short_name,
        "agency_code": province.agency_code,
        "merged_from": province.merged_from,
        "hosts": hosts,
        "hotline": province.hotline,
        "hours": province.hours,
        "brand": {"colour": province.brand, "dark": province.brand_dark, "tint": province.tint},
        "demo": province.demo,
        "site_verifications": province.site_verifications,
        "without_channels": dict(zip(Decision.model_fields, province.without_channels, strict=False)),
        # A paused province has served before: applying never ends a pause.
        "state": province.state if province.state in STATES else Province.State.DRAFT.value,
    }
    return {name: value for name, value in data.items() if value not in ("", [], {}, None)}
