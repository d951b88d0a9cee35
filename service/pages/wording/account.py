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
    "account.reading": Message("语言与外观", "Language and look"),
    "account.language": Message("语言", "Language"),
    "account.theme": Message("外观", "Theme"),
    "account.change_password": Message("修改密码", "Change the password"),
    "account.old": Message("现在的密码", "Present password"),
    "account.new": Message("新密码", "New password"),
    "account.repeat": Message("再输一次新密码", "New password again"),
    "account.ends_sessions": Message(
        "修改后，其他设备上的登录会结束。", "Sessions on other devices end then."
    ),
    "account.differ": Message("两次输入的新密码不同。", "The two new passwords differ."),
    "account.old_wrong": Message("现在的密码不正确。", "The present password is wrong."),
    "account.too_easy": Message(
        "新密码太容易猜到，或与现在的相同。请用更长的句子。",
        "The new password is too easy to guess, or the present one; use a longer phrase.",
    ),
    "account.done.password": Message("密码已修改。", "The password is changed."),
    "account.done.revoked": Message("密钥已吊销。", "The key is revoked."),
    "account.keys.lede": Message(
        "供程序代您访问接口；权限不超过您本人。",
        "For programs that act for you; they may do no more than you.",
    ),
    "account.keys.made": Message(
        "密钥只显示这一次，请立即保存：", "The key is shown this once only; keep it now:"
    ),
    "account.keys.holds": Message("有效", "holds"),
    "account.keys.revoked": Message("已吊销", "revoked"),
    "account.keys.expired": Message("已过期", "expired"),
    "account.keys.until": Message("至 {day}", "until {day}"),
    "account.keys.used": Message("最近使用 {day}", "used {day}"),
    "account.keys.revoke": Message("吊销", "Revoke"),
    "account.keys.name": Message("名称", "Name"),
    "account.keys.scopes": Message("权限", "Good for"),
    "account.keys.days": Message("有效天数", "Days"),
    "account.keys.make": Message("生成密钥", "Make a key"),
    "account.key.name": Message("请说明密钥的用途。", "Say what the key is for."),
    "account.key.scopes": Message("请至少选择一项权限。", "Choose at least one."),
    "account.key.days": Message("请填写 1 到 366 天。", "Give 1 to 366 days."),
    "scope.read": Message("读取", "Reading"),
    "scope.write": Message("修改", "Writing"),
    "scope.events": Message("上报行为", "Events"),
    "scope.admin": Message("管理", "Administration"),
}
