"""Less certain input never brings more automation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.resources.size import tries
from yuepi.approvals.decision import Decision
from yuepi.documents.reading import Field, FileReading, Finding, Problem, Reading

Judge = Callable[..., Decision]
DAY = date(2024, 6, 12)
TOTALS = (*("300.00", "88.50", "0.01") * 5, "1999.00", "5000.01", "-3.00")
KINDS = (
    "digital_invoice", "vat_invoice", "rail_e_ticket", "taxi_invoice", "fixed_amount_invoice",
    "invoice", "receipt", "payment_screenshot", "other",
)  # fmt: skip


@st.composite
def claims(draw: st.DrawFn, make: SimpleNamespace) -> list[FileReading]:
    """Mostly clean claims of up to three files, now and then with something wrong."""
    files = []
    for at in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(KINDS[:6] * 8 + KINDS))
        coded = kind in ("vat_invoice", "taxi_invoice", "fixed_amount_invoice")
        number = 10 * at if draw(st.integers(0, 6)) else draw(st.integers(1, 4))
        name = make.company.name if draw(st.integers(0, 12)) else "上海他人贸易商行"
        reading = make.reading(
            kind,
            code="033001900111" if coded else None,
            number=f"243320000000123456{number:02}",
            total=draw(
                st.sampled_from((*("300.00", "88.50", "0.01") * 5, "1999.00", "5000.01", "-3.00"))
            ),
            date=(DAY - timedelta(days=draw(st.sampled_from((*(1, 4, 30) * 5, 91))))).isoformat(),
            buyer_name=name,
        )
        suffix = draw(st.sampled_from(("pdf", "xml", "jpg")))
        files.append(make.file(f"{at}.{suffix}", reading))
    return files


def _less_sure_field(field: Field, to: str) -> Field:
    if to == "missing":
        return Field(value=None, status="missing", confidence=0.0)
    others = ("x",) if to == "conflict" else ()
    return field.model_copy(update={"status": to, "others": others})


def _less_sure(draw: st.DrawFn, file: FileReading) -> FileReading:
    """The file with one thing less sure, less readable or gone."""
    what = draw(st.sampled_from(("field", "field", "field", "dropped", "file", "kind", "finding")))
    if what == "file" or not file.readings:
        problem = Problem(code="x", message="x", remedy="x")
        kept = file.readings if draw(st.booleans()) else ()
        return file.model_copy(update={"error": problem, "readings": kept})
    reading: Reading = file.readings[0]
    change: dict[str, object]
    if what in ("field", "dropped"):
        name = draw(st.sampled_from(sorted(reading.fields)))
        fields = dict(reading.fields)
        if what == "dropped":
            del fields[name]
        elif fields[name].value is not None:
            to = draw(st.sampled_from(("single", "conflict", "missing")))
            fields[name] = _less_sure_field(fields[name], to)
        change = {"fields": fields}
    elif what == "kind":
        change = draw(
            st.sampled_from(({"kind_confidence": 0.5}, {"kind": "other"}, {"quality": "poor"}))
        )
    else:
        finding = Finding(code="x", severity="warning", message="x", message_zh="x")
        change = {"findings": (*reading.findings, finding)}
    readings = (reading.model_copy(update=change), *file.readings[1:])
    return file.model_copy(update={"readings": readings})


@settings(
    max_examples=tries(250, usual=80),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_less_sure_is_never_more_automatic(
    data: st.DataObject, make: SimpleNamespace, judge: Judge
) -> None:
    files = data.draw(claims(make))
    before = judge(*files)

    @st.composite
    def worse(draw: st.DrawFn) -> list[FileReading]:
        changed = list(files)
        for _ in range(draw(st.integers(1, 4))):
            at = draw(st.integers(0, len(changed) - 1))
            changed[at] = _less_sure(draw, changed[at])
        return changed

    after = judge(*data.draw(worse()))
    if after.outcome == "approve":
        assert before.outcome == "approve"
    assert after.outcome == "approve" or after.refer_to


@settings(
    max_examples=tries(200, usual=60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_an_approval_rests_on_confirmed_fields_only(
    data: st.DataObject, make: SimpleNamespace, judge: Judge
) -> None:
    @st.composite
    def files(draw: st.DrawFn) -> list[FileReading]:
        made = draw(claims(make))
        return [_less_sure(draw, file) if draw(st.booleans()) else file for file in made]

    made = data.draw(files())
    if judge(*made).outcome == "approve":
        for reading in (reading for file in made for reading in file.readings):
            if reading.kind in ("payment_screenshot",):
                continue
            for name in ("number", "total"):
                assert reading.fields[name].status == "confirmed"


WRONG: tuple[dict[str, str], ...] = (
    {"buyer_name": "上海他人贸易商行"},
    {"buyer_tax_id": "91310000MA1AAAAA1T"},
    {"date": "2024-01-02"},
    {"date": "2024-06-30"},
    {"total": "2000.01"},
    {"total": "-1.00"},
    {"number": "24332000000012345602"},
    {"number": "24332000000012345601"},
)


def test_losing_what_is_wrong_does_not_make_it_right(make: SimpleNamespace, judge: Judge) -> None:
    """Each single thing wrong with a clean claim, with each field less sure in each way."""
    first = make.file("0.pdf", make.reading(number="24332000000012345601", total="1.00"))
    for wrong in WRONG:
        reading = make.reading(**{"number": "24332000000012345711", **wrong})
        assert judge(first, make.file("1.pdf", reading)).outcome != "approve", wrong
        for name, field in reading.fields.items():
            worse = [_less_sure_field(field, to) for to in ("single", "conflict", "missing")]
            dropped = {key: value for key, value in reading.fields.items() if key != name}
            for fields in (dropped, *(reading.fields | {name: each} for each in worse)):
                less = reading.model_copy(update={"fields": fields})
                decision = judge(first, make.file("1.pdf", less))
                assert decision.outcome != "approve", (wrong, name)
