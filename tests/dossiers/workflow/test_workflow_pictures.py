"""The pictures in the documents show the workflows as they are."""

from xml.etree import ElementTree

from django.core.management import call_command

from dossiers.workflow.management.commands import workflow_pictures


def test_the_pictures_in_the_repository_are_current() -> None:
    call_command("workflow_pictures", check=True)


def test_both_demonstration_provinces_are_shown_and_their_workflows_differ() -> None:
    files = workflow_pictures.files()
    first, second = files["quy-trinh-daklak.svg"], files["quy-trinh-dongnai.svg"]
    assert "Thẩm định" not in first
    assert "Thẩm định" in second


def test_the_page_shows_every_picture_and_every_picture_is_one() -> None:
    files = workflow_pictures.files()
    page = files.pop(workflow_pictures.PAGE)
    assert [name for name in files if f"]({name})" not in page] == []
    assert {ElementTree.fromstring(text).tag.rpartition("}")[2] for text in files.values()} == {"svg"}
