"""What goes with every score (征信业务管理办法 and 个人信息保护法: not a credit score)."""

from __future__ import annotations

DISCLAIMER = {"zh": "匹配度，非信用评价", "en": "Match score, not a credit rating"}
