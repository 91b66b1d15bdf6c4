"""Writing the folder of a province: the first one from answers, and one from what stands in the database.

The first one has what the answers say, what ships with the portal, and comments for the rest. What stands in the files
is the province's own and Vietnamese, whatever language the operator reads.
"""

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from pydantic import BaseModel, Field, create_model

from tenants import clock
from tenants.agency_codes import province_of
from tenants.folder.file_schema import Line, load
from tenants.folder.folder import Draft, refuse_bad_slug, require_whole
from tenants.folder.manifest import FILE, STATES, VERSION, Decision, Manifest
from tenants.folder.problems import Refused, refuse
from tenants.folder.questionnaire import QUESTIONS, Answers, dark_of, read_all, tint_of
from tenants.folder.readers.yaml_reader import read_document
from tenants.isolation import province_cache
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import Domain, Province
from tenants.operations.onboarding import sections
from tenants.validation import Schema

README = "README.vi.md"
SCHEMAS = ".schema"
"""Beside the folders of the provinces."""
DATA = Path(__file__).parents[1] / "data" / "start"

_MANIFEST_NOTE = """\
%(name)s. Sửa xong mỗi tệp thì chạy: manage.py province validate %(slug)s
slug: tên thư mục và lược đồ, không đổi được về sau. agency_code: mã định danh cấp 1, đứng đầu mọi mã hồ sơ.
merged_from: giấy tờ cũ còn mang các mã này. hosts: tên miền đầu tiên là tên miền chính. hotline: tổng đài, nếu có.
brand: colour phải đủ tương phản 4,5:1 trên nền trắng, nền xám và tint.
state: draft (đang chuẩn bị), pilot (chạy thử), live (đang phục vụ). Chỉ đi tới."""
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
    refuse_existing(answers.slug)
    draft = drafted(answers)
    settings.PROVINCES_DIR.mkdir(parents=True, exist_ok=True)
    write_schemas()
    return _write(draft, settings.PROVINCES_DIR, heading=schema_line)


def drafted(answers: Answers) -> Draft:
    """The files of the first folder, not written yet."""
    draft = Draft(answers.slug)
    colour = answers.colour
    province = Province(
        schema_name=answers.slug,
        name=answers.name,
        short_name=answers.short_name,
        agency_code=answers.agency_code,
        merged_from=[{"agency_code": code, "name": _former(code)} for code in answers.merged_from],
        hotline=answers.hotline,
        # As a citizen reads them.
        hours=" và ".join(f"{begin}–{end}" for begin, end in answers.hours) + ", thứ Hai đến thứ Sáu",
        brand=colour,
        brand_dark=dark_of(colour),
        tint=tint_of(colour),
    )
    names = {"name": answers.name, "slug": answers.slug}
    draft.document(FILE, _manifest(province, [answers.host]), _MANIFEST_NOTE % names)
    with translation.override(settings.LANGUAGE_CODE):
        for step in sections.STEPS:
            step.start(draft, answers)
    readme = (DATA / README).read_text(encoding="utf-8") % {
        **names,
        "files": "\n".join(f"- `{file}`" for file in sorted(draft.files)),
        "notes": "".join(f"\n- {note}" for note in draft.notes),
    }
    draft.files[README] = readme
    return draft


def _former(code: str) -> str:
    owner = province_of(code)
    name = owner.former_province if owner else code
    return name if name.startswith(("Tỉnh ", "Thành phố ")) else f"Tỉnh {name}"


def export_province(slug: str, target: Path) -> Draft:
    """Write the folder of a province to `target / slug`; what it holds, and notes on what no file can say.

    Validating it finds no fault and planning it no change. Comments of the first folder are lost, secrets are
    never in it. Raises Refused for an unknown province, one that is not whole, and where there is a folder already.
    """
    refuse_bad_slug(slug)
    if (target / slug).exists():
        raise refuse(str(target / slug), 0, _("đã có thư mục này; hãy chọn nơi khác bằng --to."))
    try:
        record = require_whole(slug)
    except province_cache.UnknownProvince as error:
        raise refuse(slug, 0, _("chưa có tỉnh này; xem `province list`.")) from error
    with public_context():
        province = Province.objects.get(schema_name=slug)
        domains = Domain.objects.filter(tenant=province).order_by("-is_primary", "pk")
        hosts = list(domains.values_list("domain", flat=True))
    draft = Draft(slug)
    heading = f"{province.name}, xuất từ cơ sở dữ liệu ngày {clock.today():%d/%m/%Y}."
    draft.document(FILE, _manifest(province, hosts), heading)
    with province_context(record):
        for step in sections.STEPS:
            step.export(draft)
    target.mkdir(parents=True, exist_ok=True)
    _write(draft, target)
    return draft


def _write(draft: Draft, target: Path, heading: Callable[[str], str] = lambda file: "") -> Path:
    beside = Path(tempfile.mkdtemp(prefix=f".{draft.slug}-", dir=target))
    try:
        for file, content in draft.files.items():
            path = beside / file
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                path.write_bytes(content)
            else:
                path.write_text(heading(file) + content, encoding="utf-8")
        beside.chmod(0o755)
        return beside.rename(target / draft.slug)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _manifest(province: Province, hosts: list[str]) -> dict[str, Any]:
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
        "state": str(province.state if province.state in STATES else Province.State.DRAFT),
    }
    return {name: value for name, value in data.items() if value not in ("", [], {}, None)}


def schemas() -> dict[str, type[BaseModel]]:
    """The model of each file that has one, by the name of the file, or of the directory of such files."""
    of_steps = {file: model for step in sections.STEPS for file, model in step.files.items() if model}
    return {FILE: Manifest, **of_steps}


def write_schemas() -> list[Path]:
    """Write the schemas into `PROVINCES_DIR/.schema`, over older ones; the paths written."""
    directory: Path = settings.PROVINCES_DIR / SCHEMAS
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for file, model in schemas().items():
        path = directory / _name(file)
        text = json.dumps(model.model_json_schema(), ensure_ascii=False, indent=2)
        path.write_text(f"{text}\n", encoding="utf-8")
        written.append(path)
    return written


def schema_line(file: str) -> str:
    """The comment by which an editor finds the schema of a file of the folder; "" where there is none."""
    directory, _slash, _rest = file.rpartition("/")
    known = next((name for name in (file, directory) if name in schemas()), "")
    up = "../" * (file.count("/") + 1)
    return f"# yaml-language-server: $schema={up}{SCHEMAS}/{_name(known)}\n" if known else ""


def _name(file: str) -> str:
    return f"{file.removesuffix('.yaml').replace('/', '-')}.json"
