"""What the director sets for organisations."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from keyaccounts.common import clock
from keyaccounts.common.admin import RoleAdmin
from keyaccounts.common.errors import RuleViolation

from .actions.evaluations import publish_policy
from .evaluating import effect_of
from .models import EvaluationPolicy, SilenceRule


@admin.register(SilenceRule)
class SilenceRuleAdmin(RoleAdmin):
    list_display = ("grade", "contact_days", "visit_days")


@admin.register(EvaluationPolicy)
class EvaluationPolicyAdmin(RoleAdmin):
    """Weights and limits, a version each: drawn up, previewed, published, then read-only."""

    list_display = (
        "version",
        "headcount",
        "health_focus",
        "intention",
        "power",
        "activities",
        "published_at",
    )
    fields = (
        "version",
        ("headcount", "health_focus", "intention", "power", "activities"),
        ("a_from", "b_from", "c_from"),
        "reason",
        "effect",
        "published_at",
        "published_by",
    )
    readonly_fields = ("version", "effect", "published_at", "published_by")
    actions = ("publish",)

    @admin.display(description=gettext_lazy("What publishing changes"))
    def effect(self, obj: EvaluationPolicy | None) -> str:
        """How many grades would change, from which to which."""
        if obj is None or obj.pk is None:
            return _("Save first, then see here how many grades would change.")
        if obj.published_at:
            return _("Published: a new version replaces it.")
        moves = effect_of(obj)
        if not moves:
            return _("No grade changes.")
        total = sum(moves.values())
        said = ngettext("%(n)s grade would change", "%(n)s grades would change", total) % {"n": total}
        return f"{said}:" + "、".join(
            f"{before} → {after} {count}" for (before, after), count in sorted(moves.items())
        )

    def get_changeform_initial_data(self, request: Any) -> dict[str, Any]:
        last = EvaluationPolicy.objects.first()
        names = (
            "headcount",
            "health_focus",
            "intention",
            "power",
            "activities",
            "a_from",
            "b_from",
            "c_from",
        )
        return {name: getattr(last, name) for name in names} if last else {}

    def save_model(self, request: Any, obj: EvaluationPolicy, form: Any, change: bool) -> None:
        if not change:
            obj.version = (EvaluationPolicy.objects.aggregate(last=Max("version"))["last"] or 0) + 1
        super().save_model(request, obj, form, change)

    @admin.action(description=gettext_lazy("Publish the weights"), permissions=["change"])
    def publish(self, request: Any, queryset: Any) -> None:
        """Put one version in force and weigh every evaluation anew."""
        now = clock.now()
        for policy in queryset.order_by("version"):
            try:
                changed = publish_policy(policy, on=now.date(), at=now, by=request.user)
            except RuleViolation as violation:
                self.message_user(request, str(violation), messages.ERROR)
            else:
                said = ngettext("%(n)s grade changed", "%(n)s grades changed", changed) % {"n": changed}
                self.message_user(request, f"v{policy.version}:{said}", messages.SUCCESS)
