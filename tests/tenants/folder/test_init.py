"""`province init`: twelve questions, asked again until they can be used; a folder that is valid, or nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tenants.folder.problems import blocking
from tenants.folder.questionnaire import QUESTIONS, read_all
from tenants.operations.onboarding import sections
from tenants.operations.onboarding.validate import validate_province
from tests import tables
from tests.tenants.operations.test_onboarding import run

SLUG = "laocai"
GIVEN = {"name": "Tỉnh Lào Cai", "hotline": "0214 000 0000", "administrator": "Trần Văn Quản, quantri"}


@pytest.fixture
def provinces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None) -> Path:
    monkeypatch.setattr(settings, "PROVINCES_DIR", tmp_path / "provinces")
    return tmp_path / "provinces"


@pytest.fixture
def ask(provinces: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Answer the questions line by line; the stream ends with the last line."""

    def answer(*lines: str) -> tuple[int, str]:
        left, prompts = iter(lines), list[str]()

        def respond(prompt: str) -> str:
            prompts.append(f"{prompt}\n")
            line = next(left, None)
            if line is None:
                raise EOFError
            return line

        monkeypatch.setattr("builtins.input", respond)
        code, output = run("init", SLUG)
        return code, "".join(prompts) + output

    return answer


def lines(**given: str) -> list[str]:
    return [({**GIVEN, **given}).get(question.key, "") for question in QUESTIONS]


def test_twelve_questions_of_which_a_name_is_enough_for_a_folder_that_is_valid(ask, provinces):
    code, output = ask(*lines(hotline="", administrator=""))
    assert (code, len(QUESTIONS)) == (0, 12), output
    assert [str(problem) for problem in blocking(validate_province(SLUG))] == []
    assert {path.name for path in (provinces / SLUG).iterdir()} >= {
        "province.yaml",
        "agencies.csv",
        "staff.csv",
        "calendar.yaml",
        "catalogue.yaml",
        "procedures.csv",
        "terms.csv",
        "synonyms.csv",
        "README.vi.md",
    }


def test_shipped_facts_fill_in_codes_and_days_off(ask: Any, provinces: Path) -> None:
    ask(*lines())
    manifest = (provinces / SLUG / "province.yaml").read_text(encoding="utf-8")
    assert "agency_code: H38\n" in manifest
    assert "agency_code: H63, name: Tỉnh Yên Bái" in manifest
    assert "2026-09-02: Quốc khánh" in (provinces / SLUG / "calendar.yaml").read_text(encoding="utf-8")
    assert "quantri,Trần Văn Quản,,,H38,administrator" in (provinces / SLUG / "staff.csv").read_text()


BAD = [
    *tables.read(__file__, "bad_answers.yaml"),
    ("short_name", "x" * 61, "dài quá 60 ký tự"),
]


@pytest.mark.parametrize(("key", "bad", "reason"), BAD, ids=[f"{key} {bad}" for key, bad, _why in BAD])
def test_a_bad_answer_is_asked_again_with_the_reason(ask, provinces, key, bad, reason):
    said = lines()
    at = [question.key for question in QUESTIONS].index(key)
    code, output = ask(*said[:at], bad, *said[at:])
    assert code == 0
    assert reason in output
    assert "bí mật," not in output
    assert (provinces / SLUG).is_dir()


def test_stopping_writes_nothing(ask: Any, provinces: Path) -> None:
    code, output = ask(*lines()[:5])
    assert (code, output.splitlines()[-1]) == (2, "Đã dừng, chưa ghi gì.")
    assert not provinces.exists() or list(provinces.iterdir()) == []


def test_a_folder_that_is_there_is_never_touched(ask: Any, provinces: Path) -> None:
    ask(*lines())
    before = {path.name: path.read_bytes() for path in (provinces / SLUG).iterdir()}
    code, output = ask(*lines(name="Tỉnh Lai Châu"))
    assert (code, "init không ghi đè" in output) == (2, True)
    assert {path.name: path.read_bytes() for path in (provinces / SLUG).iterdir()} == before


def test_answers_come_from_a_file(provinces: Path, tmp_path: Path) -> None:
    file = tmp_path / "traloi.yaml"
    file.write_text('name: Tỉnh Lào Cai\nhost: dichvucong.laocai.example\ncolour: "#7A1F1F"\n')
    assert run("init", SLUG, "--answers", str(file))[0] == 0
    assert [str(problem) for problem in blocking(validate_province(SLUG))] == []
    assert "dichvucong.laocai.example" in (provinces / SLUG / "province.yaml").read_text()


def test_all_bad_answers_of_a_file_are_told_at_once_and_write_nothing(provinces, tmp_path):
    file = tmp_path / "traloi.yaml"
    file.write_text("name: Lào Cai\ncolour: xanh\nmau: đỏ\n")
    code, output = run("init", SLUG, "--answers", str(file))
    assert code == 2
    for told in (
        "traloi.yaml:1:1: name: ",
        "traloi.yaml:2:1: colour: ",
        "traloi.yaml:3:1: không có mục “mau”",
    ):
        assert told in output
    assert not provinces.exists()


def test_no_secret_is_written_only_where_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("messaging.channels.base.registry.codes", lambda: ("mock", "zalo"))
    from tenants.operations.onboarding.folder_writing import drafted

    answers, wrong = read_all(SLUG, {**GIVEN, "zalo_oa": "2847523467523", "zalo_app": "4182374618723"})
    text = drafted(answers).files["messaging.yaml"]
    assert wrong == {}
    assert "env:LAOCAI_ZALO_APP_SECRET" in text
    assert {step.code for step in sections.STEPS} >= {
        "accounts",
        "agencies",
        "calendar",
        "catalogue",
        "staff",
    }
