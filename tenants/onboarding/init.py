"""The first folder of a province: what the answers say, what ships with the portal, comments for the rest.

What stands in the files is the province's own and Vietnamese, whatever language the operator reads.
"""

import json
import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from tenants.agency_codes import province_of
from tenants.folder.folder import Draft, refuse_bad_slug
from tenants.folder.manifest import FILE, VERSION
from tenants.folder.problems import Problem, Refused, refuse
from tenants.folder.questionnaire import QUESTIONS, Answers, dark_of, read_all, tint_of
from tenants.folder.steps import steps
from tenants.folder.yaml_reader import Section, read_document
from tenants.isolation.models import Province

README = "README.vi.md"
DATA = Path(__file__).parents[1] / "data" / "start"


def refuse_existing(slug: str) -> None:
    """Raise Refused for an impossible slug, and where there is a folder already."""
    refuse_bad_slug(slug)
    if (settings.PROVINCES_DIR / slug).exists():
        raise refuse(slug, 0, _("đã có thư mục này trong provinces/; init không ghi đè."))


def answers_in(path: Path, slug: str) -> Answers:
    """The answers written in a YAML file. Raises Refused with the line of every one that is wrong."""
    document = read_document(path)
    problems: list[Problem] = []
    top = Section(document, problems)
    given = {one.key: top.text(one.key, most=400, required=False) for one in QUESTIONS}
    top.refuse_unknown()
    answers, wrong = read_all(slug, given)
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
    # Written beside, and put in its place in one step.
    beside = Path(tempfile.mkdtemp(prefix=f".{slug}-", dir=settings.PROVINCES_DIR))
    try:
        for file, content in draft.files.items():
            (beside / file).write_text(content, encoding="utf-8")
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
        for step in steps:
            step.start(draft, answers)
    draft.text(README, _readme(answers, draft))
    return draft


def _manifest(answers: Answers) -> str:
    lines = [
        f"# {answers['name']}. Sửa xong mỗi tệp thì chạy: manage.py province validate {answers.slug}",
        f"version: {VERSION}",
        f"slug: {answers.slug} # tên thư mục và lược đồ, không đổi được về sau",
        f"name: {_quoted(answers['name'])}",
        f"short_name: {_quoted(answers['short_name'])}",
        f"agency_code: {answers['agency_code']} # mã định danh cấp 1, đứng đầu mọi mã hồ sơ",
    ]
    if answers.merged_from:
        lines.append("merged_from: # giấy tờ cũ còn mang các mã này")
        lines += [f"  - {{agency_code: {code}, name: {_former(code)}}}" for code in answers.merged_from]
    hotline = _quoted(answers["hotline"])
    lines += [
        "hosts: # tên miền đầu tiên là tên miền chính",
        f"  - {answers['host']}",
        f"hotline: {hotline}" if answers["hotline"] else '# hotline: "1900 1234" # tổng đài',
        f"hours: {_quoted(hours_in_words(answers))}",
        "brand: # colour phải đủ tương phản 4,5:1 trên nền trắng, nền xám và tint",
        f"  colour: {_quoted(answers['colour'].upper())}",
        f"  dark: {_quoted(dark_of(answers['colour']))}",
        f"  tint: {_quoted(tint_of(answers['colour']))}",
        "demo: false",
        f"state: {Province.State.DRAFT.value} # draft: đang chuẩn bị; pilot: chạy thử; live: đang phục vụ. Chỉ đi tới.",
    ]
    return "\n".join(lines) + "\n"


def hours_in_words(answers: Answers) -> str:
    """The office hours as a citizen reads them."""
    return " và ".join(f"{begin}–{end}" for begin, end in answers.sessions) + ", thứ Hai đến thứ Sáu"


def _former(code: str) -> str:
    owner = province_of(code)
    name = owner.former_province if owner else code
    return _quoted(name if name.startswith(("Tỉnh ", "Thành phố ")) else f"Tỉnh {name}")


def _quoted(text: str) -> str:
    """A text that YAML takes for nothing else."""
    return json.dumps(text, ensure_ascii=False)


def _readme(answers: Answers, draft: Draft) -> str:
    return (DATA / README).read_text(encoding="utf-8") % {
        "name": answers["name"],
        "slug": answers.slug,
        "files": "\n".join(f"- `{file}`" for file in sorted(draft.files)),
        "notes": "".join(f"\n- {note}" for note in draft.notes),
    }
