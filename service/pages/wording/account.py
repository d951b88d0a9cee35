"""Signing in, and one's own account."""

from __future__ import annotations

from service.messages import Message

ACCOUNT: dict[str, Message] = {
    "account.title": Message("登录", "Sign in"),
    "account.lede": Message(
        "为小微企业匹配融资与服务，并说明理由。",
        "Finance and services matched to small firms, with reasons.",
    ),
    "account.login": Message("登录名", "Login"),
    "account.password": Message("密码", "Password"),
    "account.submit": Message("登录", "Sign in"),
    "account.wrong": Message("登录名或密码不正确。", "Login or password are wrong."),
    "account.paused": Message(
        "失败次数过多，请稍后再试。", "Too many attempts have failed; wait a moment."
    ),
    "account.demo": Message("演示登录", "Demo sign-ins"),
    "account.demo.hint": Message(
        "任选一个角色，密码均为 {password}。", "Choose a role; the password is {password}."
    ),
}
