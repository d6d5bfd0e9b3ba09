"""The tree of departments, and how far people see in it."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rooms.access.conftest import PeopleStory
from tests.rooms.access.people_desk import PASSWORD, PeopleDesk
from yuepi.access.departments import DEPTH_MAX, below, check_place, height
from yuepi.access.principal import (
    PERMISSIONS,
    ROLES,
    ROOT_DEPARTMENT,
    MissingRight,
    Permission,
    Principal,
    Reach,
    Role,
    may,
    permissions_of,
    require,
)
from yuepi.access.user import Taken, UserChange
from yuepi.kit.errors import BadUsage

Tree = dict[str, str | None]


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """A tree that grew and was moved about by the rules, as people would."""
    tree: Tree = {ROOT_DEPARTMENT: None}
    for at in range(draw(st.integers(0, 14))):
        parent = draw(st.sampled_from(sorted(tree)))
        try:
            check_place(tree, f"d{at}", parent)
        except BadUsage:
            continue
        tree[f"d{at}"] = parent
    for _ in range(draw(st.integers(0, 10))):
        one, parent = draw(st.sampled_from(sorted(tree))), draw(st.sampled_from(sorted(tree)))
        try:
            check_place(tree, one, parent)
        except BadUsage:
            continue
        tree[one] = parent
    return tree


def way_up(tree: Tree, department: str) -> list[str]:
    way, above = [], tree[department]
    while above is not None:
        way.append(above)
        assert len(way) <= len(tree), "a circle"
        above = tree[above]
    return way


@given(trees())
def test_a_tree_stays_a_tree_and_shallow(tree: Tree) -> None:
    for department in tree:
        way = way_up(tree, department)
        assert len(way) <= DEPTH_MAX
        assert department == ROOT_DEPARTMENT or way[-1] == ROOT_DEPARTMENT
    assert height(tree, ROOT_DEPARTMENT) == max(len(way_up(tree, each)) for each in tree)


@given(trees())
def test_below_is_the_way_up_turned_round(tree: Tree) -> None:
    for department in tree:
        assert below(tree, department) == {
            other for other in tree if department in way_up(tree, other)
        }


@given(trees(), st.data())
def test_moving_is_refused_exactly_where_it_makes_a_circle_or_a_shaft(
    tree: Tree, data: st.DataObject
) -> None:
    one = data.draw(st.sampled_from(sorted(tree)))
    parent = data.draw(st.sampled_from(sorted(tree)))
    circle = one == ROOT_DEPARTMENT or parent == one or parent in below(tree, one)
    deep = len(way_up(tree, parent)) + 1 + height(tree, one) > DEPTH_MAX
    if not circle and not deep:
        check_place(tree, one, parent)
        return
    with pytest.raises(BadUsage) as caught:
        check_place(tree, one, parent)
    assert caught.value.code == ("department_circle" if circle else "department_too_deep")


# --- reach ---------------------------------------------------------------------------------------


@given(trees(), st.sets(st.sampled_from(ROLES)), st.data())
def test_who_sees_what(tree: Tree, roles: set[Role], data: st.DataObject) -> None:
    home = data.draw(st.sampled_from(sorted(tree)))
    place = data.draw(st.sampled_from(sorted(tree)))
    owner = data.draw(st.sampled_from(["usr_me", "usr_you"]))
    me = Principal("usr_me", "I", frozenset(roles), home, None, below(tree, home))
    sees = me.reach.covers(owner, place)
    inside = place == home or home in way_up(tree, place)
    assert sees == bool(
        owner == "usr_me"
        or roles & {"admin", "auditor"}
        or (roles & {"reviewer", "supervisor"} and inside)
    )


def test_reach_without_a_department_is_ones_own() -> None:
    reach = Principal("usr_a", "A", frozenset({"reviewer"}), "").reach
    assert reach == Reach("usr_a")
    assert reach.own_only
    assert not reach.covers("usr_b", "")
    assert Principal("usr_a", "A", frozenset({"auditor"})).reach.everything


@given(
    st.sets(st.sampled_from(ROLES)),
    st.none() | st.sets(st.sampled_from(PERMISSIONS)),
    st.sampled_from(PERMISSIONS),
)
def test_scopes_only_take_away(
    roles: set[Role], scopes: set[str] | None, permission: Permission
) -> None:
    limits = None if scopes is None else frozenset(scopes)
    asker = Principal("usr_a", "A", frozenset(roles), scopes=limits)
    allowed = permission in permissions_of(roles) and (scopes is None or permission in scopes)
    assert may(asker, permission) == allowed
    if not allowed:
        with pytest.raises(MissingRight) as caught:
            require(asker, permission)
        assert (caught.value.http_status, caught.value.code) == (403, "missing_right")


def test_nobody_decides_and_submits_by_one_role() -> None:
    for role in ROLES:
        rights = permissions_of([role])
        assert not {"claims:submit", "reviews:decide"} <= rights
        assert not {"people:manage", "reviews:decide"} <= rights
        assert role == "admin" or not {"people:manage", "keys:manage"} & rights


# --- in the database -----------------------------------------------------------------------------


def test_departments_over_http(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        await desk.person("boss", "admin")
        browser = desk.browser()
        await browser.sign_in("boss", PASSWORD)
        made = await browser.ask("POST", "/api/departments", {"name": "销售"})
        assert (made.status, made.json["parent"]) == (201, ROOT_DEPARTMENT)
        north = await browser.ask(
            "POST", "/api/departments", {"name": "华北", "parent": made.json["id"]}
        )
        path = f"/api/departments/{made.json['id']}"
        under = await browser.ask("PATCH", path, {"parent": north.json["id"]}, if_match='"1"')
        assert under.code == "department_circle"
        itself = await browser.ask("PATCH", path, {"parent": made.json["id"]}, if_match='"1"')
        assert itself.code == "department_circle"
        twice = await browser.ask("POST", "/api/departments", {"name": " 销售"})
        assert (twice.status, twice.code) == (409, "department_taken")
        renamed = await browser.ask("PATCH", path, {"name": "市场"}, if_match='"1"')
        assert (renamed.json["name"], renamed.header("etag")) == ("市场", '"2"')
        stale = await browser.ask("PATCH", path, {"name": "销售"}, if_match='"1"')
        assert (stale.status, stale.json["current"]["name"]) == (409, "市场")
        root = "/api/departments/dep_root"
        assert (
            await browser.ask("PATCH", root, {"parent": made.json["id"]}, if_match='"1"')
        ).code == "department_circle"
        assert (await browser.ask("PATCH", root, {"name": "总部"}, if_match='"1"')).status == 200
        none = await browser.ask("PATCH", "/api/departments/dep_x", {"name": "x"}, if_match='"1"')
        assert (none.status, none.code) == (404, "not_found")
        listed = (await browser.ask("GET", "/api/departments")).json["departments"]
        assert {each["name"] for each in listed} == {"总部", "市场", "华北"}
        assert desk.recorded[-2].detail == {"name": {"was": "销售", "now": "市场"}}

    people(tell)


def test_two_moves_at_once_make_no_circle(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        make = desk.accounts.departments.create
        for at in range(5):
            one, two = await make(f"a{at}", by="system"), await make(f"b{at}", by="system")
            done = await asyncio.gather(
                desk.open().departments.change(one.id, parent=two.id, by="system"),
                desk.open().departments.change(two.id, parent=one.id, by="system"),
                return_exceptions=True,
            )
            assert sum(isinstance(each, BadUsage) for each in done) == 1, done
        names = [make(name, by="system") for name in ("x", "Ｘ", " X")]
        done = await asyncio.gather(*names, return_exceptions=True)
        assert sum(isinstance(each, Taken) for each in done) == 2

    people(tell)


def test_reach_follows_the_tree_and_the_person_at_once(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        make, people_of = desk.accounts.departments.create, desk.accounts.people
        sales = await make("销售", by="system")
        north = await make("华北", parent=sales.id, by="system")
        city = await make("北京", parent=north.id, by="system")
        other = await make("研发", by="system")
        anna = await desk.person("anna", "reviewer", department=sales.id)

        async def seen() -> frozenset[str] | None:
            return (await people_of.principal_of(await people_of.user(anna.id))).reach.departments

        assert await seen() == {sales.id, north.id, city.id}
        await desk.open().departments.change(north.id, parent=other.id, by="system")
        assert await seen() == {sales.id}
        await people_of.change(anna.id, UserChange(department=other.id), by="system")
        assert await seen() == {other.id, north.id, city.id}
        await people_of.change(anna.id, UserChange(department=ROOT_DEPARTMENT), by="system")
        assert await seen() == {ROOT_DEPARTMENT, sales.id, other.id, north.id, city.id}
        with pytest.raises(BadUsage):
            await people_of.change(anna.id, UserChange(department="dep_x"), by="system")

    people(tell)
