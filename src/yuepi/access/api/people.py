"""Users and departments."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from yuepi.access.accounts import Accounts
from yuepi.access.api.bodies import (
    ID_PATTERN,
    TEXT_PATTERN,
    DepartmentBody,
    DepartmentChangeBody,
    DepartmentOut,
    DepartmentsOut,
    SubjectBody,
    UserBody,
    UserChangeBody,
    UserOut,
    UsersOut,
)
from yuepi.access.api.gate import Gate
from yuepi.access.api.requests import IfMatch
from yuepi.access.people import PAGE_MAX
from yuepi.access.principal import Principal, require
from yuepi.access.user import NewUser, UserChange
from yuepi.kit.cursors import read_cursor, write_cursor
from yuepi.kit.errors import BadUsage
from yuepi.kit.etags import etag_of, version_in

Id = Annotated[str, Path(max_length=64, pattern=ID_PATTERN)]
Cursor = Annotated[str | None, Query(max_length=512, pattern=r"^[A-Za-z0-9_-]*$")]


def people_router(accounts: Accounts, gate: Gate) -> APIRouter:
    """`/users` and `/departments`."""
    router = APIRouter(tags=["people"])
    _add_users(router, accounts, gate)
    _add_user_changes(router, accounts, gate)
    _add_departments(router, accounts, gate)
    return router


def _add_users(router: APIRouter, accounts: Accounts, gate: Gate) -> None:
    managing = Depends(gate.needing("people:manage"))

    @router.get("/users", operation_id="list_users", dependencies=[managing])
    async def list_users(
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
        department: Annotated[str | None, Query(max_length=64, pattern=ID_PATTERN)] = None,
        disabled: bool | None = None,
        q: Annotated[str | None, Query(max_length=64, pattern=TEXT_PATTERN)] = None,
    ) -> UsersOut:
        """Users in order of login; q: a part of login, name or e-mail address."""
        page = await accounts.people.users(
            after=_after(cursor),
            rows_max=limit,
            department=department,
            disabled=disabled,
            sought=q,
        )
        users = [UserOut.of(user) for user in page.rows]
        return UsersOut(users=users, next=None if page.next is None else write_cursor(page.next))

    @router.post("/users", operation_id="create_user", status_code=201)
    async def create_user(
        body: UserBody, response: Response, principal: Principal = managing
    ) -> UserOut:
        """Make a user."""
        new = NewUser(
            login=body.login,
            name=body.name,
            email=body.email,
            department=body.department,
            roles=frozenset(body.roles),
            language=body.language,
            password=body.password,
        )
        user = await accounts.people.create(new, by=principal.id)
        response.headers["etag"] = etag_of(user.version)
        return UserOut.of(user)

    @router.get("/users/{user_id}", operation_id="get_user", dependencies=[managing])
    async def get_user(user_id: Id, response: Response) -> UserOut:
        """One user, with the ETag that an edit sends back."""
        user = await accounts.people.user(user_id)
        response.headers["etag"] = etag_of(user.version)
        return UserOut.of(user)


def _add_user_changes(router: APIRouter, accounts: Accounts, gate: Gate) -> None:
    managing = Depends(gate.needing("people:manage"))

    @router.patch("/users/{user_id}", operation_id="change_user")
    async def change_user(
        user_id: Id,
        body: UserChangeBody,
        request: Request,
        response: Response,
        if_match: IfMatch = None,
    ) -> UserOut:
        """Change a user. A change of rights or password ends their sessions at once."""
        asker = await gate.asker(request)
        require(asker.principal, "people:manage")
        values = body.model_dump(exclude={"roles"})
        change = UserChange(**values, roles=None if body.roles is None else frozenset(body.roles))
        changed = await accounts.people.change(
            user_id,
            change,
            by=asker.principal.id,
            version=version_in(if_match),
            session=None if asker.session is None else asker.session.id,
        )
        if changed.token is not None:
            gate.give_cookie(request, response, changed.token)
        response.headers["etag"] = etag_of(changed.user.version)
        return UserOut.of(changed.user)

    @router.put("/users/{user_id}/sign-on", operation_id="tie_user", status_code=204)
    async def tie_user(
        user_id: Id,
        body: SubjectBody,
        principal: Principal = managing,
    ) -> None:
        """Let a subject of the sign-on provider sign on as this user."""
        if accounts.sign_on is None:
            raise BadUsage("this desk has no sign-on provider", remedy="name one in the settings")
        await accounts.sign_on.tie(user_id, body.subject, by=principal.id)


def _add_departments(router: APIRouter, accounts: Accounts, gate: Gate) -> None:
    managing = Depends(gate.needing("people:manage"))

    reading = Depends(gate.needing("claims:read"))

    @router.get("/departments", operation_id="list_departments", dependencies=[reading])
    async def list_departments() -> DepartmentsOut:
        """All departments, for everybody who may look at claims; with a key: one for that."""
        listed = await accounts.departments.list()
        return DepartmentsOut(departments=[DepartmentOut.of(each) for each in listed])

    @router.post("/departments", operation_id="create_department", status_code=201)
    async def create_department(
        body: DepartmentBody, response: Response, principal: Principal = managing
    ) -> DepartmentOut:
        """Make a department."""
        made = await accounts.departments.create(body.name, parent=body.parent, by=principal.id)
        response.headers["etag"] = etag_of(made.version)
        return DepartmentOut.of(made)

    @router.patch("/departments/{department_id}", operation_id="change_department")
    async def change_department(
        department_id: Id,
        body: DepartmentChangeBody,
        response: Response,
        if_match: IfMatch = None,
        principal: Principal = managing,
    ) -> DepartmentOut:
        """Rename a department, or move it with all below it."""
        changed = await accounts.departments.change(
            department_id,
            name=body.name,
            parent=body.parent,
            version=version_in(if_match),
            by=principal.id,
        )
        response.headers["etag"] = etag_of(changed.version)
        return DepartmentOut.of(changed)


def _after(cursor: str | None) -> str:
    """Behind which login a cursor goes on. Raises `BadUsage` for one that is none of ours."""
    return str(read_cursor(cursor, str)[0]) if cursor else ""
