"""The first folder of a province: what the answers say, what ships with the portal, comments for the rest."""

import json
import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from tenants.agency_codes import province_of
from tenants.models import Province
from tenants.onboarding.answers import QUESTIONS, Answers, dark_of, read_all, tint_of
from tenants.onboarding.documents import read_document
from tenants.onboarding.draft import Draft
from tenants.onboarding.folder import refuse_bad_slug
from tenants.onboarding.manifest import FILE, VERSION
from tenants.onboarding.problems import Problem, Refused, refuse
from tenants.onboarding.registry import steps
from tenants.onboarding.sections import Section

README = "README.vi.md"


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
    for step in steps():
        step.start(draft, answers)
    draft.text(README, _readme(answers, draft))
    return draft


def _manifest(answers: Answers) -> str:
    lines = [
        _("# %(name)s. Sửa xong mỗi tệp thì chạy: manage.py province validate %(slug)s"),
        f"version: {VERSION}",
        _("slug: %(slug)s # tên thư mục và lược đồ, không đổi được về sau"),
        "name: %(quoted_name)s",
        "short_name: %(short_name)s",
        _("agency_code: %(code)s # mã định danh cấp 1, đứng đầu mọi mã hồ sơ"),
    ]
    if answers.merged_from:
        lines.append(_("merged_from: # giấy tờ cũ còn mang các mã này"))
        for code in answers.merged_from:
            owner = province_of(code)
            lines.append(
                f"  - {{agency_code: {code}, name: {_quoted(_former(owner.former_province))}}}"
                if owner
                else ""
            )
    lines += [
        _("hosts: # tên miền đầu tiên là tên miền chính"),
        "  - %(host)s",
        "hotline: %(hotline)s" if answers["hotline"] else _('# hotline: "1900 1234" # tổng đài'),
        "hours: %(hours)s",
        _("brand: # colour phải đủ tương phản 4,5:1 trên nền trắng, nền xám và tint"),
        "  colour: %(colour)s",
        "  dark: %(dark)s",
        "  tint: %(tint)s",
        "demo: false",
        _("state: %(state)s # draft: đang chuẩn bị; pilot: chạy thử; live: đang phục vụ. Chỉ đi tới."),
    ]
    values = {
        "slug": answers.slug,
        "name": answers["name"],
        "quoted_name": _quoted(answers["name"]),
        "short_name": _quoted(answers["short_name"]),
        "code": answers["agency_code"],
        "host": answers["host"],
        "hotline": _quoted(answers["hotline"]),
        "hours": _quoted(hours_in_words(answers)),
        "colour": _quoted(answers["colour"].upper()),
        "dark": _quoted(dark_of(answers["colour"])),
        "tint": _quoted(tint_of(answers["colour"])),
        "state": Province.State.DRAFT.value,
    }
    return "\n".join(line % values for line in lines) + "\n"


def hours_in_words(answers: Answers) -> str:
    """The office hours as a citizen reads them."""
    sessions = _(" và ").join(f"{begin}–{end}" for begin, end in answers.sessions)
    return _("%(sessions)s, thứ Hai đến thứ Sáu") % {"sessions": sessions}


def _former(name: str) -> str:
    return name if name.startswith(("Tỉnh ", "Thành phố ")) else _("Tỉnh %(name)s") % {"name": name}


def _quoted(text: str) -> str:
    """A text that YAML takes for nothing else."""
    return json.dumps(text, ensure_ascii=False)


def _readme(answers: Answers, draft: Draft) -> str:
    files = "\n".join(f"- `{file}`" for file in sorted(draft.files))
    notes = "".join(f"\n- {note}" for note in draft.notes)
    names = {"name": answers["name"], "slug": answers.slug, "files": files, "notes": notes}
    return (
        _(
            "# %(name)s\n\n"
            "Thư mục này là cấu hình của tỉnh. Không ghi mật khẩu, khóa bí mật hay dữ liệu của người dân vào đây.\n\n"
            "%(files)s\n\n"
            "## Việc còn lại\n\n"
            "- `agencies.csv`: thêm các sở, xã, phường; mã cấp 2, cấp 3 lấy theo quyết định của tỉnh.\n"
            "- `staff.csv`: thêm cán bộ; mỗi người nhận lời mời để tự đặt mật khẩu.\n"
            "- `calendar.yaml`: xem lại ngày nghỉ, nhất là năm ghi “dự kiến”.\n"
            "- `catalogue.yaml`, `procedures.csv`, `terms.csv`: chọn lĩnh vực, ghi phí và thời hạn của tỉnh.%(notes)s\n\n"
            "## Lệnh\n\n"
            "```\n"
            "manage.py province validate %(slug)s   # nêu mọi chỗ sai\n"
            "manage.py province plan %(slug)s       # sẽ đổi gì\n"
            "manage.py province apply %(slug)s      # áp dụng\n"
            "```\n"
        )
        % names
    )
