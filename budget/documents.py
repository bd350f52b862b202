"""The budget on paper: 补充费用报告, 调剂申请 and the execution table."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from budget.models import ExpenseClaim, Supplement, Transfer
from keyaccounts.common.capitals import in_capitals
from keyaccounts.common.pdf import Paper, render_pdf

from .queries import Overview


def request_paper(request: Supplement | Transfer, *, title: str, by: Any, at: datetime) -> bytes:
    """A supplement report or a transfer as a PDF, with room for signatures while it is not decided."""
    if isinstance(request, Transfer):
        balances = [
            (request.from_line, request.from_left_amount, request.from_left_amount - request.amount),
            (request.to_line, request.to_left_amount, request.to_left_amount + request.amount),
        ]
    else:
        balances = [(request.line, request.left_amount, request.left_amount + request.amount)]
    return render_pdf(
        "budget/pdf/request.html",
        {"shown": request, "title": title, "balances": balances},
        paper=Paper(title, request.code, str(by), at),
    )


def execution_paper(view: Overview, *, by: Any, at: datetime) -> bytes:
    """预算执行表: every line as of now, with room for signatures."""
    return render_pdf(
        "budget/pdf/execution.html",
        {"view": view},
        paper=Paper(_("Budget execution table"), "", str(by), at),
    )


def claim_paper(claim: ExpenseClaim, *, by: Any, at: datetime) -> bytes:
    """报销单: who claims what for what, the receipts listed, amounts in figures and in capitals, signatures."""
    amount = claim.payable_amount
    return render_pdf(
        "budget/pdf/claim.html",
        {
            "claim": claim,
            "amount": amount,
            "capitals": in_capitals(amount),
            "receipts": list(claim.receipts.select_related("by")),
        },
        paper=Paper(_("Expense claim"), claim.code, str(by), at),
    )
