"""Who may what at which route: the one declaration that the generated test holds the server to.

Every route of the application has a line here. A line says what the asker needs; the rest (which
claims they reach) follows from their role and department. `{}` in a path is filled with the ids of
the claim, review and file that are asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from yuepi.access.principal import Permission, Principal

Answer = Literal["allowed", 401, 403, 404]
Own = Literal["any", "only", "never"]

STALE: Final = {"If-Match": '"999999"'}
"""An edit that is let in and changes nothing."""
FORM: Final = {"Content-Type": "multipart/form-data; boundary=b"}
REASON: Final = {"reason": "because"}


@dataclass(frozen=True, slots=True)
class Rule:
    """What a route asks of who comes.

    public: nobody need be signed in. session: a browser's session, no key. right: a permission.
    target: what must be in reach; an upload and a saved search are their owner's alone. own:
    whether the claim must be, or must not be, the asker's. changes: whether the document or folder
    must be the asker's to change.
    """

    right: Permission | None = None
    target: Literal["claim", "review", "upload", "document", "folder", "search"] | None = None
    own: Own = "any"
    changes: bool = False
    public: bool = False
    session: bool = False
    query: str = ""
    json: Any = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def looks_where(self, who: Principal | None) -> bool:
        """Whether it plays a part where this asker sits: not where they lack the right anyway."""
        lacks = who is None or (self.right and self.right not in who.permissions)
        return self.target is not None and not lacks

    def answer_to(self, who: Principal | None, owner: Principal, *, key: bool = True) -> Answer:
        """What this asker is answered, asking about a claim of that owner."""
        if self.public:
            return "allowed"
        if who is None:
            return 401
        if (self.session and key) or (self.right and self.right not in who.permissions):
            return 403
        if self.target is None:
            return "allowed"
        mine = who.id == owner.id
        if self.target in ("upload", "search"):
            return "allowed" if mine else 404
        if self.target in ("document", "folder"):
            return self._on_shelf(who, owner)
        if not who.reach.covers(owner.id, owner.department):
            return 404
        if (self.own == "only" and not mine) or (self.own == "never" and mine):
            return 403
        return "allowed"

    def _on_shelf(self, who: Principal, owner: Principal) -> Answer:
        """About a document or folder of the owner's department, which the owner put there."""
        up = {who.department, *who.above} if who.department else set()
        wide = who.reach.departments
        if owner.department not in up and wide is not None and owner.department not in wide:
            return 404
        if not self.changes:
            return "allowed"
        # To be read by everybody below; looked after where one's own reach is.
        theirs = wide is None or owner.department in wide | {who.department}
        manages = theirs and "library:manage" in who.permissions
        mine = who.id == owner.id and self.target == "document"
        return "allowed" if manages or mine else 403


def _claim(right: Permission, own: Own = "any", **more: Any) -> Rule:
    return Rule(right=right, target="claim", own=own, **more)


def _upload(**more: Any) -> Rule:
    return Rule(right="claims:submit", target="upload", **more)


def _review(**more: Any) -> Rule:
    return Rule(right="reviews:decide", target="review", own="never", **more)


def _right(right: Permission, **more: Any) -> Rule:
    return Rule(right=right, **more)


def _seen(**more: Any) -> Rule:
    return Rule(right="library:read", target="document", **more)


def _changed(**more: Any) -> Rule:
    return Rule(right="library:write", target="document", changes=True, **more)


def _folder(**more: Any) -> Rule:
    return Rule(right="library:write", target="folder", changes=True, headers=STALE, **more)


def _search(**more: Any) -> Rule:
    return Rule(right="library:read", target="search", **more)


_FILE: Final = (
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="letter.txt"\r\n\r\n'
    + b"The letter in other words, as agreed.\n" * 9
    + b"\r\n--b--\r\n"
)
_SAVED: Final = {"name": "x", "query": {"text": "x"}}
_PASSWORDS: Final = {"current": "correct horse", "new": "battery staple 9"}
_STAGE: Final = {
    "stage": "assist",
    "bar": 0.9,
    "sample_share": 0.1,
    "amount_max": "10",
    **REASON,
}
_NOTE: Final = {"note": "because"}
_NO_POLICY: Final = "?a=sha256:" + "0" * 64
_HOOK: Final = {"url": "https://10.0.0.1/", "events": ["*"]}
_CORRECTION: Final = {"corrections": [{"attachment": "att_x", "field": "total", "value": "1.00"}]}

RULES: Final[Mapping[str, Rule]] = {
    "GET /api/openapi.json": Rule(public=True),
    # --- access
    "POST /api/session": Rule(public=True, json={}),
    "GET /api/session": Rule(session=True),
    "DELETE /api/session": Rule(session=True),
    "DELETE /api/session/others": Rule(session=True),
    "GET /api/me": Rule(),
    "PATCH /api/me": Rule(session=True, json={}),
    "PUT /api/me/password": Rule(session=True, json=_PASSWORDS),
    "GET /api/setup": Rule(public=True),
    "POST /api/setup": Rule(public=True, json={}),
    "GET /api/oidc/start": Rule(public=True),
    "GET /api/oidc/return": Rule(public=True),
    "GET /api/users": _right("people:manage"),
    "POST /api/users": _right("people:manage", json={"login": "no one"}),
    "GET /api/users/{user}": _right("people:manage"),
    "PATCH /api/users/{user}": _right("people:manage", json={"name": "x"}, headers=STALE),
    "PUT /api/users/{user}/sign-on": _right("people:manage", json={"subject": "x"}),
    "GET /api/departments": _right("claims:read"),
    "GET /api/names": _right("claims:read", query="?id=dep_root"),
    "POST /api/departments": _right("people:manage", json={"name": "again"}),
    "PATCH /api/departments/{department}": _right(
        "people:manage", json={"name": "x"}, headers=STALE
    ),
    "GET /api/keys": _right("keys:manage"),
    "POST /api/keys": _right("keys:manage", json={"name": "spare", "scopes": ["models:ask"]}),
    "DELETE /api/keys/{key}": _right("keys:manage"),
    # --- claims
    "POST /api/claims": _right("claims:submit", content=b"--b--\r\n", headers=FORM),
    "GET /api/claims": _right("claims:read"),
    "GET /api/claims/{claim}": _claim("claims:read"),
    "GET /api/claims/{claim}/files/{attachment}": _claim("claims:read"),
    "GET /api/claims/{claim}/files/{attachment}/pages/{file_at}/{page}": _claim("claims:read"),
    "POST /api/claims/{claim}/files/{attachment}/reveal": _claim(
        "reviews:decide", "never", json=REASON
    ),
    "GET /api/claims/{claim}/events": _claim("claims:read"),
    "POST /api/claims/{claim}/cancel": _claim("claims:submit", "only", headers=STALE),
    "POST /api/claims/{claim}/answer": _claim(
        "claims:submit", "only", json={"text": "x"}, headers=STALE
    ),
    "POST /api/claims/{claim}/appeal": _claim("claims:submit", "only", json={}, headers=STALE),
    "POST /api/claims/{claim}/release": _claim(
        "claims:release", "never", json={"to": "person", **REASON}, headers=STALE
    ),
    "POST /api/claims/{claim}/override": _claim(
        "reviews:override", "never", json={"verdict": "approve", **REASON}, headers=STALE
    ),
    # --- uploads: of one's own only
    "POST /api/uploads": _right("claims:submit", content=b"--b--\r\n", headers=FORM),
    "GET /api/uploads": _right("claims:submit"),
    "GET /api/uploads/{upload}": _upload(),
    "GET /api/uploads/{upload}/pages/{file_at}/{page}": _upload(),
    "DELETE /api/uploads/{upload}": _upload(),
    # --- documents
    "GET /api/kinds": Rule(),
    "POST /api/extract": _right("models:ask", content=b"--b--\r\n", headers=FORM),
    # --- reviews
    "GET /api/reviews": _right("reviews:decide"),
    "GET /api/reviews/{review}": _review(),
    "POST /api/reviews/{review}/advice": _review(),
    "POST /api/reviews/{review}/take": _review(),
    "POST /api/reviews/{review}/renew": _review(),
    "POST /api/reviews/{review}/hand-back": _review(),
    "POST /api/reviews/{review}/decision": _review(json={"verdict": "approve"}, headers=STALE),
    "POST /api/reviews/{review}/ask": _review(json={"question": "why?"}, headers=STALE),
    "POST /api/reviews/{review}/corrections": _review(json=_CORRECTION, headers=STALE),
    # --- what holds for all
    "GET /api/numbers": _right("stages:read"),
    "GET /api/stages": _right("stages:read"),
    "PUT /api/stages": _right("stages:change", json=_STAGE, headers=STALE),
    "GET /api/policies": _right("policies:read"),
    "GET /api/policies/vocabulary": _right("policies:read"),
    "GET /api/policies/{version}": _right("policies:read"),
    "GET /api/policies/{a}/diff/{b}": _right("policies:read"),
    "POST /api/policies/check": _right("policies:read", json={"jdm": {}}),
    "POST /api/policies/compare": _right("policies:read", json={"jdm": {}}, query=_NO_POLICY),
    "POST /api/policies/trial": _right("policies:read", json={"jdm": {}}),
    "POST /api/policies": _right("policies:write", json={"jdm": {}}),
    "POST /api/policies/{version}/propose": _right("policies:write", json=_NOTE),
    "POST /api/policies/{version}/publish": _right("policies:publish", json=_NOTE),
    "POST /api/policies/{version}/withdraw": _right("policies:write", json=_NOTE),
    "GET /api/search": _right("claims:read", query="?q=clm"),
    "GET /api/notices": _right("claims:read"),
    "POST /api/notices/read": _right("claims:read", json={"ids": ["ntc_x"]}),
    "PUT /api/notices/mail": _right("claims:read", json={"mail": True}),
    "GET /api/webhooks": _right("webhooks:manage"),
    "POST /api/webhooks": _right("webhooks:manage", json={**_HOOK, "events": ["none"]}),
    "GET /api/webhooks/{webhook}": _right("webhooks:manage"),
    "PATCH /api/webhooks/{webhook}": _right("webhooks:manage", json={}, headers=STALE),
    "DELETE /api/webhooks/{webhook}": _right("webhooks:manage"),
    "POST /api/webhooks/{webhook}/test": _right("webhooks:manage"),
    "POST /api/webhooks/{webhook}/secret": _right("webhooks:manage", json={}),
    # --- library
    "GET /api/library/folders": _right("library:read"),
    "POST /api/library/folders": _right("library:write", json={"name": "again"}),
    "POST /api/library/folders/own": _right("library:write"),
    "PATCH /api/library/folders/{folder}": _folder(json={"name": "x"}),
    "DELETE /api/library/folders/{folder}": _folder(),
    "GET /api/library/documents": _right("library:read"),
    "GET /api/library/documents/tags": _right("library:read"),
    "POST /api/library/documents": _right("library:write", content=b"--b--\r\n", headers=FORM),
    "GET /api/library/documents/{document}": _seen(),
    "GET /api/library/documents/{document}/original": _seen(),
    "GET /api/library/documents/{document}/versions": _seen(),
    "GET /api/library/documents/{document}/pages": _seen(),
    "GET /api/library/documents/{document}/pages/{file_at}/{page}": _seen(),
    "GET /api/library/documents/{document}/reading": _seen(),
    "GET /api/library/documents/{document}/text/{file_at}/{page}": _seen(),
    "GET /api/library/documents/{document}/similar": _seen(),
    "GET /api/library/documents/{document}/export/{form}": _seen(),
    "PATCH /api/library/documents/{document}": _changed(json={"title": "x"}, headers=STALE),
    "DELETE /api/library/documents/{document}": _changed(),
    "POST /api/library/documents/{document}/restore": _changed(),
    "POST /api/library/documents/{document}/versions": _changed(content=_FILE, headers=FORM),
    "GET /api/library/progress": _right("library:read"),
    "POST /api/library/search": _right("library:read", json={"question": "letter"}),
    "POST /api/library/ask": _right(
        "library:read", json={"question": "who wrote?", "stream": False}
    ),
    "GET /api/library/searches": _right("library:read"),
    "POST /api/library/searches": _right("library:read", json=_SAVED),
    "PATCH /api/library/searches/{search}": _search(json={"name": "x"}, headers=STALE),
    "DELETE /api/library/searches/{search}": _search(),
    "GET /api/library/alerts": _right("library:read"),
    "POST /api/library/alerts/read": _right("library:read", json={}),
    # --- the record
    "GET /api/audit": _right("audit:read"),
    "GET /api/audit/roots": _right("audit:read"),
    "GET /api/audit/roots.jsonl": _right("audit:read"),
    "GET /api/audit/export": _right("audit:read"),
    "GET /api/audit/verify": _right("audit:read"),
    "POST /api/audit/verify": _right("audit:read"),
    "GET /api/audit/{seq}/proof": _right("audit:read"),
}

BODY_IDS: Final[Mapping[str, frozenset[str]]] = {
    # Fields that name somebody or something, by operation; each has its test.
    "submit_claim": frozenset({"submitter", "upload"}),
    "correct_papers": frozenset({"attachment"}),
    "read_notices": frozenset({"ids"}),
    "create_key": frozenset({"user"}),
    "create_user": frozenset({"department"}),
    "change_user": frozenset({"department"}),
    "create_department": frozenset({"parent"}),
    "change_department": frozenset({"parent"}),
    "tie_user": frozenset({"subject"}),
    "create_folder": frozenset({"department", "parent"}),
    "change_folder": frozenset({"department", "parent"}),
    "add_documents": frozenset({"folder"}),
    "change_document": frozenset({"folder"}),
    "search_library": frozenset({"documents", "folder", "folders"}),
    "save_search": frozenset({"documents", "folders"}),
    "change_search": frozenset({"documents", "folders"}),
    "read_alerts": frozenset({"documents"}),
    "ask_library": frozenset({"documents", "folder"}),
}
NAMING: Final = frozenset(
    {
        "submitter", "for_user", "user", "user_id", "owner", "holder", "by", "decided_by",
        "attachment", "attachment_id", "claim", "claim_id", "review", "review_id", "department",
        "department_id", "parent", "ids", "id", "subject", "key", "upload", "webhook",
        "document", "documents", "folder", "folders", "search",
    }
)  # fmt: skip
"""Names of body fields that could name somebody else's."""
