"""A statutory form against Typst alone: what our workers, data and checks add to bare typesetting."""

import json
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from bench import Figure, Stage

FORMS = ("01", "02", "04", "06")
RUNS = 60
REGISTER_ROWS = 1000
BOUND = 1.3


def measure(stage: Stage) -> Iterable[Figure]:
    from dossiers.printing import circulars, samples, typst_pool
    from dossiers.printing.models import Form

    bare = _typst_alone()
    stage.say(f"{len(FORMS)} forms, {RUNS} times each, beside Typst alone")
    ours_all = alone_all = 0.0
    for number in FORMS:
        form = Form(number)
        source = circulars.circulars()[-1].forms[form].source
        contents = [_content(form, run) for run in range(RUNS, 2 * RUNS)]
        ours, alone = _beside(
            stage,
            [partial(_ours, source, form, run) for run in range(RUNS)],
            [partial(bare, typst_pool.parts() + source, content) for content in contents],
        )
        yield Figure(f"form {number}", 1000 * ours, "ms")
        ours_all, alone_all = ours_all + ours, alone_all + alone
    yield Figure("form / Typst alone", ours_all / alone_all, "ratio", bound=BOUND, better="less")

    stage.say("a receipt from the database to the PDF")
    with stage.province() as ground:
        yield from _receipt(stage, ground, bare)

    stage.say(f"a register of {REGISTER_ROWS} dossiers")
    register = samples.sample(Form.REGISTER)
    register["rows"] = (register["rows"] * REGISTER_ROWS)[:REGISTER_ROWS]
    source = circulars.circulars()[-1].forms[Form.REGISTER].source
    yield Figure(
        f"register of {REGISTER_ROWS} dossiers",
        stage.seconds(lambda: typst_pool.render(source, register)),
        "s",
    )


def _ours(source: str, form: Any, run: int) -> bytes:
    """A form as the portal prints it once the dossier is read: its QR and bar code are drawn, then it is set."""
    from dossiers.printing import typst_pool as typesetting

    return typesetting.render(source, _content(form, run))


def _content(form: Any, run: int) -> Any:
    from dossiers.printing import samples

    return {**samples.sample(form), "applicant": {**samples.OFTEN["applicant"], "name": f"Nguyễn Thị {run}"}}


def _receipt(stage: Stage, ground: Any, bare: Callable[[str, Any], bytes]) -> Iterable[Figure]:
    """The whole way of a receipt: rights apart, all that the desk waits for."""
    from dossiers.lifecycle import actions as services
    from dossiers.printing import availability, circulars, contents, printing
    from dossiers.printing import typst_pool as typesetting
    from dossiers.printing.models import Form
    from tenants.clock import today

    office = ground.office
    papers = ("Tờ khai", "Bản sao giấy tờ tùy thân", "Giấy xác nhận")
    received = [
        services.receive(office.intake(documents=papers), actor=office.clerk) for _ in range(2 * RUNS)
    ]
    circular = circulars.in_force(Form.RECEIPT, today())
    source = typesetting.parts() + circular.forms[Form.RECEIPT].source
    ready = []
    for one in received[RUNS:]:
        events = printing.history_of(one.dossier)
        occasion = availability.find(one.dossier, events, Form.RECEIPT)
        content = contents.of(occasion, one.dossier, events, circular)
        ready.append(contents.with_address(content, key=one.key, token_url=one.token_url))
    printed, alone = _beside(
        stage,
        [partial(printing.print_form, one.dossier, "01", actor=office.clerk) for one in received[:RUNS]],
        [partial(bare, source, content) for content in ready],
    )
    yield Figure("receipt, from the database", 1000 * printed, "ms")
    yield Figure("receipt from the database / Typst alone", printed / alone, "ratio")


def _beside(
    stage: Stage, ours: list[Callable[[], object]], theirs: list[Callable[[], object]]
) -> tuple[float, float]:
    """Median seconds of each, taken in turns so that both meet the same weather; each begins warm."""
    for work in (*ours[:5], *theirs[:5]):
        work()
    seconds = [
        (stage.seconds(one, times=1), stage.seconds(other, times=1))
        for one, other in zip(ours, theirs, strict=True)
    ]
    middle = len(seconds) // 2
    return sorted(one for one, _ in seconds)[middle], sorted(other for _, other in seconds)[middle]


def _typst_alone() -> Callable[[str, Any], bytes]:
    """Typst in this process, warm: the same source and data, the same fonts and standard, nothing around it."""
    import typst

    from dossiers.printing.typst_pool import FONTS

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
    compiler = typst.Compiler(font_paths=fonts, ignore_system_fonts=True)

    def compile(source: str, content: Any) -> bytes:
        made = compiler.compile(
            input=source.encode(),
            sys_inputs={"form": json.dumps(content, ensure_ascii=False)},
            format="pdf",
            pdf_standards=["a-2b"],
            timestamp=0,
        )
        assert isinstance(made, bytes)
        return made

    return compile
