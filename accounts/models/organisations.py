"""大客户单位: the organisation file (R15–R26, 客户档案表), its facts, hand-over, merge and search keys."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.models import Versioned
from keyaccounts.common.roles import Role
from keyaccounts.people.models import Team

from ..choices import Attention, FactField, Grade, Intention, Power, Stage


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def visible_to(self, user) -> OrganisationQuerySet:
        """The rows this person may see (`docs/architecture.md`, roles).

        Director and marketing centre: all. Lead: the team's and own. Rep: own and those where a
        collaborator. Everybody else: none. Merged organisations are never listed.
        """
        rows = self.present()
        if user.has_role(Role.DIRECTOR, Role.MARKETING):
            return rows
        if not user.has_role(Role.REP, Role.LEAD):
            return rows.none()
        mine = Q(owner=user) | Q(
            pk__among=Organisation.collaborators.through.objects.filter(user=user).values("organisation")
        )
        if user.has_role(Role.LEAD) and user.team_ids:
            mine |= Q(team__in=user.team_ids)
        return rows.filter(mine)

    def present(self) -> OrganisationQuerySet:
        """Neither merged into another file nor taken back with its import."""
        return self.filter(merged_into__isnull=True, withdrawn_at__isnull=True)

    def holding(self) -> Exists:
        """For a filter on what belongs to an organisation: it belongs to one of these.

        Looked up row by row: where few rows are asked about, the organisations are not all listed first.
        """
        return Exists(self.filter(pk=OuterRef("organisation")))

    def workable_by(self, user) -> OrganisationQuerySet:
        """Visible rows this person may also change: the marketing centre only reads."""
        if user.has_role(*(Role.REP, Role.LEAD, Role.DIRECTOR)):
            return self.visible_to(user)
        return self.none()

    def at_work(self) -> OrganisationQuerySet:
        """Neither parked nor dropped."""
        return self.exclude(stage__in=[Stage.PARKED, Stage.DROPPED])


class Organisation(Versioned):
    """A unit whose staff or members buy. Survey fields hold the latest known answer; ``Fact`` has the source."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=100)
    short_name = models.CharField(_("short name"), max_length=40, blank=True)
    # The name without region, company form, brackets and width: what duplicates are found by.
    normalised_name = models.CharField(max_length=100, editable=False, db_index=True)
    # How that sounds: 云岫矿山机械 and 云秀矿山机械 are the same to the ear.
    sound = models.CharField(max_length=400, editable=False, blank=True, db_index=True)
    pinyin = models.CharField(max_length=400, editable=False, blank=True)
    initials = models.CharField(max_length=100, editable=False, blank=True)
    # Everything the organisation is found by, folded, a line each: what decides after SearchKey has found candidates.
    search_text = models.TextField(editable=False, blank=True)

    type = models.CharField(_("type"), max_length=30, blank=True)
    industry = models.CharField(_("industry"), max_length=30, blank=True)
    # None: as the type says.
    public_sector = models.BooleanField(_("public sector"), null=True, blank=True)
    district = models.CharField(_("district"), max_length=30, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    latitude = models.DecimalField(_("latitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    website = models.CharField(_("website"), max_length=200, blank=True)
    source = models.CharField(_("source"), max_length=30, blank=True)
    referred_by = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="referrals",
        verbose_name=_("referred by"),
    )
    note = models.TextField(_("note"), blank=True)

    campaign = models.ForeignKey(
        Campaign,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="organisations",
        verbose_name=_("campaign"),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="organisations",
        verbose_name=_("owner"),
    )
    collaborators = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="assists", verbose_name=_("collaborators")
    )
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="organisations", verbose_name=_("team")
    )
    stage = models.CharField(_("stage"), max_length=20, choices=Stage, default=Stage.SCOUTING)
    stage_reason = models.CharField(_("reason"), max_length=30, blank=True)
    stage_note = models.CharField(_("reason in words"), max_length=200, blank=True)
    grade = models.CharField(_("grade"), max_length=1, choices=Grade, blank=True)
    is_priority = models.BooleanField(_("priority"), default=False)
    needs_evaluation = models.BooleanField(_("to be evaluated again"), default=False)

    # -- survey facts: the latest known answer ----------------------------------------------
    staff_count = models.PositiveIntegerField(_("staff"), null=True, blank=True)
    coverage_count = models.PositiveIntegerField(_("people covered"), null=True, blank=True)
    avg_annual_income = models.PositiveIntegerField(_("average yearly income"), null=True, blank=True)
    income_band = models.CharField(_("income band"), max_length=30, blank=True)
    main_business = models.CharField(_("main business"), max_length=300, blank=True)
    office_environment = models.TextField(_("office setting"), blank=True)
    living_environment = models.TextField(_("where staff live"), blank=True)
    foot_traffic = models.TextField(_("where people pass"), blank=True)
    health_focus = models.PositiveSmallIntegerField(
        _("attention to healthy food"), choices=Attention, null=True, blank=True
    )
    health_attention = models.TextField(_("health food in their words"), blank=True)
    gift_demand = models.JSONField(_("what gifts are needed for"), default=list, blank=True)
    gift_demand_text = models.TextField(_("gift needs in their words"), blank=True)
    intention = models.CharField(_("intention"), max_length=1, choices=Intention, blank=True)
    power = models.PositiveSmallIntegerField(_("buying power"), choices=Power, null=True, blank=True)
    per_capita_budget = models.DecimalField(
        _("budget per head"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    price_low = models.DecimalField(
        _("acceptable price from"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    price_high = models.DecimalField(
        _("acceptable price to"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    attention = models.PositiveSmallIntegerField(_("attention"), choices=Attention, null=True, blank=True)
    intranet = models.CharField(_("intranet or group"), max_length=200, blank=True)
    collective_activities = models.TextField(_("collective activities"), blank=True)
    gift_distribution = models.JSONField(_("when gifts are handed out"), default=list, blank=True)
    gift_distribution_note = models.TextField(_("handing out, in their words"), blank=True)
    meeting_time = models.JSONField(_("when staff assemble"), default=list, blank=True)
    meeting_time_note = models.TextField(_("assembling, in their words"), blank=True)
    purchase_mode = models.JSONField(_("way of purchasing"), default=list, blank=True)
    buying_process = models.TextField(_("buying process"), blank=True)
    current_supplier = models.CharField(_("supplier now"), max_length=200, blank=True)
    recent_events = models.TextField(_("upcoming events"), blank=True)
    promo_timing = models.CharField(_("promotion: when"), max_length=200, blank=True)
    promo_place = models.CharField(_("promotion: where"), max_length=200, blank=True)
    promo_method = models.JSONField(_("promotion: how"), default=list, blank=True)

    # -- kept up by the actions below and above, for lists and reminders -----------------------
    last_contact_on = models.DateField(_("last contact"), null=True, blank=True)
    last_visit_on = models.DateField(_("last visit"), null=True, blank=True)
    next_step = models.CharField(_("next step"), max_length=200, blank=True)
    next_on = models.DateField(_("next date"), null=True, blank=True)
    visits_made = models.PositiveIntegerField(_("visits made"), default=0)

    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="merged_from",
        verbose_name=_("merged into"),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("entered by"),
    )
    created_at = models.DateTimeField(_("entered"), default=timezone.now, db_index=True)
    # The import that brought it was taken back; its facts stay, as all facts do.
    withdrawn_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(price_low__isnull=True)
                | Q(price_high__isnull=True)
                | Q(price_high__gte=models.F("price_low")),
                name="organisation_price_range",
                violation_error_message=_("The acceptable price runs from the lower to the higher figure."),
            ),
            models.CheckConstraint(
                condition=~Q(stage__in=[Stage.PARKED, Stage.DROPPED]) | ~Q(stage_reason=""),
                name="organisation_aside_has_reason",
                violation_error_message=_("Parking or dropping an organisation needs a reason."),
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "code"], name="org_owner_code"),
            models.Index(fields=["team", "code"], name="org_team_code"),
            models.Index(fields=["stage", "code"], name="org_stage_code"),
            models.Index(fields=["type", "code"], name="org_type_code"),
            models.Index(fields=["grade", "code"], name="org_grade_code"),
            models.Index(fields=["name", "id"], name="org_name"),
            models.Index(fields=["last_contact_on", "id"], name="org_last_contact"),
            models.Index(fields=["next_on", "id"], name="org_next_on"),
            models.Index(fields=["grade", "last_contact_on"], name="org_silence"),
            # What the overview counts, without reading the rows.
            models.Index(
                fields=["stage"],
                condition=Q(merged_into__isnull=True, withdrawn_at__isnull=True),
                name="org_present_stage",
            ),
            models.Index(
                fields=["visits_made", "stage"],
                condition=Q(is_priority=True, merged_into__isnull=True, withdrawn_at__isnull=True),
                name="org_priority_visits",
            ),
            # Few are merged: an index of all of them looks useless to SQLite, which then reads every row.
            models.Index(
                fields=["merged_into"], condition=Q(merged_into__isnull=False), name="org_merged_away"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def called(self) -> str:
        """Its short name where it has one: what people say, and what fits on a line."""
        return self.short_name or self.name

    @property
    def place(self) -> str:
        """Where it is, as map applications write it; empty while nobody has noted it."""
        return "" if self.latitude is None else f"{self.latitude:.6f},{self.longitude:.6f}"

    def get_absolute_url(self) -> str:
        return reverse("accounts:organisation", args=[self.pk])


class Fact(models.Model):
    """One answer and its source: value, when, who was asked, who learnt it (R18–R26). Append-only.

    ``value`` is the JSON form of the Organisation field. ``source`` names the record it came from
    (``visits.visit:12``, ``imports.upload:3``, empty for a plain edit).
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="facts", verbose_name=_("organisation")
    )
    field = models.CharField(_("fact"), max_length=40, choices=FactField)
    value = models.JSONField(_("value"), encoder=DjangoJSONEncoder)
    observed_on = models.DateField(_("date"))
    source = models.CharField(_("source"), max_length=80, blank=True)
    source_label = models.CharField(_("where from"), max_length=100, blank=True)
    asked = models.ForeignKey(
        "accounts.Contact",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person asked"),
    )
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("fact")
        verbose_name_plural = _("facts")
        indexes = [models.Index(fields=["organisation", "field", "-observed_on", "-id"], name="fact_latest")]

    def __str__(self) -> str:
        return f"{self.organisation} {self.field}"


class Handover(models.Model):
    """An organisation passing from one owner to another, with the reason (D3)."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="handovers")
    from_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    to_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.organisation} → {self.to_user}"


class Merge(models.Model):
    """Two files of the same organisation made one; both histories stay (D2)."""

    kept = models.ForeignKey(Organisation, models.PROTECT, related_name="merges")
    merged = models.OneToOneField(Organisation, models.PROTECT, related_name="merge")
    reason = models.CharField(_("reason"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")

    def __str__(self) -> str:
        return f"{self.merged} → {self.kept}"


class SearchKey(models.Model):
    """Where a search begins: a short window of a name, of its initials, or of a phone number (D7).

    Each start position of the text gives one key: two characters of Chinese, four of initials, four
    digits. A range over ``key`` finds the candidates, the full text decides (``accounts/search.py``).
    Bytes, so that the order is the same in every database and collation.
    """

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="search_keys")
    key = models.BinaryField(max_length=12)

    class Meta:
        indexes = [models.Index(fields=["key", "organisation"], name="search_key")]

    def __str__(self) -> str:
        return bytes(self.key).decode(errors="replace")
