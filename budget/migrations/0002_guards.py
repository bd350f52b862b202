from django.db import migrations

from keyaccounts.common.triggers import append_only, frozen, running_total

IN_FORCE = "EXISTS (SELECT 1 FROM budget_budget WHERE id = OLD.budget_id AND state <> 'draft')"


class Migration(migrations.Migration):
    """The ledger keeps itself: append-only, added up on its lines, original amounts frozen (integrity rules 1–3, 5)."""

    dependencies = [("budget", "0001_initial")]

    operations = [
        append_only("budget_entry", unique=("source", ("budget_id", "number"))),
        running_total(
            "budget_entry",
            into="budget_budgetline",
            key="line_id",
            columns={
                "allowed_amount": "allowed_change",
                "committed_amount": "committed_change",
                "spent_amount": "spent_change",
            },
        ),
        frozen("budget_budgetline", "original_amount", when=IN_FORCE),
    ]
