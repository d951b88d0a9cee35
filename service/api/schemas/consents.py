"""Bodies of notices, consents, requests for them, provisions and disputes."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from data.consent import Basis, DataClass, DisputedKind, DisputeOutcome, Purpose
from service.api.schemas.ranking import STRICT, Id

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
LongText = Annotated[str, StringConstraints(min_length=1, max_length=20_000, pattern=r"^[^\x00]*$")]
Message = Annotated[str, StringConstraints(max_length=2_000, pattern=r"^[^\x00]*$")]
Classes = Annotated[list[DataClass], Field(min_length=1, max_length=len(DataClass))]

EXAMPLE_SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
EXAMPLE_TERMS: dict[str, Any] = {
    "purpose": "matching",
    "data_classes": ["identity", "profile"],
    "notice_version": "2026-09",
    "notice_sha256": EXAMPLE_SHA,
    "expires_at": "2027-03-01T00:00:00Z",
}


class NoticeIn(BaseModel):
    """A new version of the text that firms read before they consent."""

    model_config = ConfigDict(
        **STRICT,
        json_schema_extra={
            "examples": [{"version": "2026-09", "text": "您的信息将提供给您选定的机构……"}]
        },
    )

    version: Id
    text: LongText


class NoticeOut(BaseModel):
    """A version of the notice with the hash that a consent names."""

    version: str
    text: str
    sha256: str
    published_at: dt.datetime


class NoticesOut(BaseModel):
    """Every version, the newest first: the first one is shown to whoever consents."""

    items: list[NoticeOut]


class TermsIn(BaseModel):
    """What is agreed to, and the notice that was read."""

    model_config = ConfigDict(**STRICT, json_schema_extra={"examples": [EXAMPLE_TERMS]})

    purpose: Purpose
    data_classes: Classes
    notice_version: Id
    notice_sha256: Sha256 = Field(description="SHA-256 of the text as it was shown.")
    expires_at: AwareDatetime


class ConsentsIn(TermsIn):
    """A consent for one recipient and purpose, one class of data or several."""

    model_config = ConfigDict(
        **STRICT, json_schema_extra={"examples": [{"recipient_id": "inst_x", **EXAMPLE_TERMS}]}
    )

    recipient_id: Id = Field(description="An institution, or an organizer's organisation.")


class ConsentOut(BaseModel):
    """One consent; for a recipient ``firm`` is the firm's id or handle."""

    consent_id: str
    firm: str | None
    recipient_id: str
    purpose: Purpose
    data_class: DataClass
    notice_version: str
    notice_sha256: str
    granted_at: dt.datetime
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    in_force: bool


class ConsentsOut(BaseModel):
    """Consents that were given."""

    items: list[ConsentOut]


class RevocationIn(BaseModel):
    """Which consents end: some by id, all for one recipient, or all."""

    model_config = ConfigDict(
        **STRICT, json_schema_extra={"examples": [{"recipient_id": "inst_x"}]}
    )

    consent_ids: Annotated[list[Id], Field(min_length=1, max_length=500)] | None = None
    recipient_id: Id | None = None


class RevocationOut(BaseModel):
    """The consents that ended now."""

    revoked: list[str]


class ConsentRequestIn(BaseModel):
    """A wish to see more of a firm."""

    model_config = ConfigDict(
        **STRICT,
        json_schema_extra={
            "examples": [
                {
                    "firm": "teaser_5b0c",
                    "purpose": "due_diligence",
                    "data_classes": ["identity", "financials"],
                    "message": "想了解近两年营收",
                }
            ]
        },
    )

    firm: Id = Field(description="Id or handle of the firm.")
    purpose: Purpose
    data_classes: Classes
    message: Message = ""


class ConsentRequestOut(BaseModel):
    """A request with its answer, once there is one."""

    request_id: str
    firm: str | None
    recipient_id: str
    recipient_name: str | None
    purpose: Purpose
    data_classes: list[DataClass]
    message: str
    asked_at: dt.datetime
    answered_at: dt.datetime | None
    granted: bool | None


class RequestAnswerIn(BaseModel):
    """Terms for what is granted; without, the request is declined."""

    model_config = ConfigDict(**STRICT, json_schema_extra={"examples": [{"terms": EXAMPLE_TERMS}]})

    terms: TermsIn | None = None


class ProvisionOut(BaseModel):
    """One disclosure of more than a teaser."""

    seq: int
    firm: str | None
    recipient_id: str
    recipient_name: str | None
    organisation_id: str
    person_id: str
    key_id: str | None
    data_classes: list[DataClass]
    purpose: Purpose
    basis: Basis
    consent_ids: list[str]
    at: dt.datetime
    request_id: str
    context: str


class DisputeIn(BaseModel):
    """What is wrong."""

    model_config = ConfigDict(
        **STRICT,
        json_schema_extra={
            "examples": [
                {
                    "kind": "record",
                    "subject_id": "firm_example",
                    "field": "employees",
                    "statement": "员工人数应为36人",
                }
            ]
        },
    )

    kind: DisputedKind
    subject_id: Id = Field(description="A firm or need, or the recommendation with the score.")
    field: Id | None = None
    statement: Annotated[
        str, StringConstraints(min_length=1, max_length=5_000, pattern=r"^[^\x00]*$")
    ]


class DisputeAnswerIn(BaseModel):
    """How a dispute ended."""

    model_config = ConfigDict(
        **STRICT, json_schema_extra={"examples": [{"outcome": "corrected", "answer": "已更正"}]}
    )

    outcome: DisputeOutcome
    answer: Annotated[str, StringConstraints(min_length=1, max_length=5_000, pattern=r"^[^\x00]*$")]


class DisputeOut(BaseModel):
    """A dispute; for a recipient ``firm`` is the firm's id or handle, and there are no texts."""

    dispute_id: str
    firm: str | None
    kind: DisputedKind
    subject_id: str
    field: str | None
    recipient_id: str | None
    statement: str
    opened_at: dt.datetime
    due_on: dt.date
    overdue: bool
    answered_at: dt.datetime | None
    outcome: DisputeOutcome | None
    answer: str | None


class ContactPerson(BaseModel):
    """Somebody of the firm; ``email`` where the sign-in name is one."""

    display_name: str
    email: str | None


class ContactsOut(BaseModel):
    """Whom to turn to."""

    items: list[ContactPerson]
