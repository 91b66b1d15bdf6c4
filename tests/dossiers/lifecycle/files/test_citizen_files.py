"""Results behind the token of their dossier."""

from typing import Any

import pytest
from django.http import FileResponse
from django.test import Client

from dossiers.lifecycle import actions as services
from dossiers.lifecycle import files
from dossiers.lifecycle.models import AccessToken, Attachment, Dossier
from tenants.files import storage
from tests.dossiers.lifecycle.files import samples
from tests.dossiers.walking import in_progress, take
from tests.factories import Office


def add(office, dossier, kind="result", name="Giấy chứng nhận.pdf"):
    upload = samples.upload(samples.pdf(), name)
    return files.attach(dossier.pk, upload, kind=kind, actor=office.specialist)


@pytest.fixture
def finished(office: Office) -> Dossier:
    dossier = in_progress(office)
    add(office, dossier)
    take(office, dossier, "finish")
    return dossier


@pytest.fixture
def result(finished: Dossier) -> Attachment:
    return finished.attachments.get()


def token(dossier: Dossier) -> str:
    return AccessToken.objects.get(dossier=dossier, purpose="receipt").value


def address(dossier: Dossier, attachment: Attachment) -> str:
    return f"/h/{token(dossier)}/tep/{attachment.pk}/"


def shown(citizen: Client, dossier: Dossier) -> str:
    return citizen.get(f"/h/{token(dossier)}/").content.decode().replace("\xa0", " ")


def test_the_page_lists_results_with_type_and_size(citizen, finished, result):
    page = shown(citizen, finished)
    assert f'href="{address(finished, result)}"' in page
    assert "Giấy chứng nhận</a>" in page
    assert "PDF, 1 trang, 1 KB" in page


def test_a_result_is_a_download_kept_nowhere(citizen: Client, finished: Dossier, result: Attachment) -> None:
    answer = citizen.get(address(finished, result))
    assert isinstance(answer, FileResponse)
    assert b"".join(answer.streaming_content) == samples.pdf()  # type: ignore[arg-type]
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''Gi%E1%BA%A5y")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert not answer.cookies


def test_results_stay_after_they_were_handed_over(office, citizen, finished, result):
    take(office, finished, "return")
    assert citizen.get(address(finished, result)).status_code == 200


def test_without_a_scanner_citizens_read_nothing_of_viruses(citizen, finished, result):
    assert "vi-rút" not in shown(citizen, finished)
    Attachment.objects.update(name="ket-qua-01.pdf")
    assert "Kết quả giải quyết</a>" in shown(citizen, finished)


def test_a_clean_result_is_given_without_remark(citizen, finished, result, settings):
    settings.CLAMD_URL = "tcp://127.0.0.1:9"
    Attachment.objects.update(scan_state="clean")
    assert "vi-rút" not in shown(citizen, finished)
    assert citizen.get(address(finished, result)).status_code == 200


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("pending", "Tệp đang được quét vi-rút"),
        ("error", "Máy quét vi-rút chưa trả lời"),
        ("not_scanned", "Tệp đang được quét vi-rút"),
    ],
)
def test_a_result_that_is_not_known_to_be_clean_is_told_of_and_not_given(
    citizen: Client, finished: Dossier, result: Attachment, settings: Any, state: str, words: str
) -> None:
    settings.CLAMD_URL = "tcp://127.0.0.1:9"
    Attachment.objects.update(scan_state=state)
    page = shown(citizen, finished)
    assert words in page
    assert address(finished, result) not in page
    answer = citizen.get(address(finished, result))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (503, "no-store")
    assert words in answer.content.decode()


def test_an_infected_result_is_not_told_of(citizen: Client, finished: Dossier, result: Attachment) -> None:
    Attachment.objects.update(scan_state="infected")
    assert "Giấy chứng nhận.pdf" not in shown(citizen, finished)
    assert citizen.get(address(finished, result)).status_code == 404


def test_a_withdrawn_result_is_gone(office, citizen, finished, result):
    files.withdraw_file(result.pk, "sai tên", office.leader)
    assert "Giấy chứng nhận.pdf" not in shown(citizen, finished)
    assert citizen.get(address(finished, result)).status_code == 404


@pytest.mark.parametrize("kind", ["paper", "other"])
def test_papers_are_not_given_to_citizens(office, citizen, finished, kind):
    paper = add(office, finished, kind=kind, name="to-khai.pdf")
    assert "to-khai.pdf" not in shown(citizen, finished)
    assert citizen.get(address(finished, paper)).status_code == 404


def test_a_result_is_not_given_before_the_dossier_is_done(office: Office, citizen: Client) -> None:
    dossier = in_progress(office)
    result = add(office, dossier)
    assert "Giấy chứng nhận.pdf" not in shown(citizen, dossier)
    assert citizen.get(address(dossier, result)).status_code == 404


def test_the_token_of_another_dossier_opens_nothing(office, citizen, finished, result):
    other = in_progress(office)
    take(office, other, "finish")
    assert citizen.get(address(other, result)).status_code == 404


def test_a_dead_token_opens_nothing(office, citizen, finished, result):
    path = address(finished, result)
    services.reissue(finished.pk, actor=office.clerk, seen=finished.last_sequence, checked="Căn cước")
    assert citizen.get(path).status_code == 404


def test_the_token_means_nothing_in_another_province(finished: Dossier, result: Attachment) -> None:
    stranger = Client(headers={"host": "dongnai.localhost"})
    assert stranger.get(address(finished, result)).status_code == 404


def test_missing_bytes_are_said(citizen: Client, finished: Dossier, result: Attachment) -> None:
    storage.remove(result.stored_name)
    answer = citizen.get(address(finished, result))
    assert answer.status_code == 503
    assert "Kho tệp tạm thời" in answer.content.decode()


def test_the_page_of_a_finished_dossier_costs_one_statement_more(
    office: Office, citizen: Client, finished: Dossier, django_assert_max_num_queries: Any
) -> None:
    shown(citizen, finished)
    with django_assert_max_num_queries(4):
        shown(citizen, finished)
