"""Jobs, as people follow them."""

from __future__ import annotations

from service.messages import Message

JOBS: dict[str, Message] = {
    "jobs.state.queued": Message("排队中", "Waiting"),
    "jobs.state.running": Message("进行中", "Running"),
    "jobs.state.succeeded": Message("已完成", "Done"),
    "jobs.state.failed": Message("失败", "Failed"),
    "jobs.state.cancelled": Message("已取消", "Cancelled"),
    "jobs.state.lost": Message("已中断", "Lost"),
}
