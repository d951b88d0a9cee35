"""A firm that consents, over the routes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from data.consent import DataClass, Purpose
from data.people import Role
from tests.service.serving_world import Api


def grant(
    api: Api,
    classes: Iterable[DataClass],
    *,
    recipient: str,
    purpose: Purpose = Purpose.MATCHING,
) -> None:
    """Let the firm consent for a day."""
    notice = api.as_(Role.ADMINISTRATOR).post(
        "/v1/consent-notices", json={"version": "1", "text": "您的名称将提供给所选机构。"}
    )
    body = {
        "recipient_id": recipient,
        "purpose": purpose.value,
        "data_classes": [kind.value for kind in classes],
        "notice_version": "1",
        "notice_sha256": notice.json()["sha256"],
        "expires_at": (api.clock() + dt.timedelta(days=1)).isoformat(),
    }
    firm = api.as_(Role.FIRM)
    answer = firm.post(f"/v1/firms/{firm.member.subject_id}/consents", json=body)
    assert answer.status_code in (200, 201), answer.text


def revoke(api: Api, *, recipient: str) -> None:
    """Let the firm take back what it consented to."""
    firm = api.as_(Role.FIRM)
    path = f"/v1/firms/{firm.member.subject_id}/consents/revocation"
    assert firm.post(path, json={"recipient_id": recipient}).status_code == 200
