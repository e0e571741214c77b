"""The roles of those who sign in, as they are called."""

from __future__ import annotations

ROLES = {
    "drafter": "担当者",
    "head": "所属長",
    "secretariat": "事務局",
    "member": "委員",
    "chair": "会長",
    "auditor": "監査",
    "administrator": "管理者",
}
