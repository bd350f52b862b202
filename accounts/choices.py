"""Codes that rules depend on. Lists without rules are rows of ``keyaccounts.vocabulary``."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class Stage(TextChoices):
    """单位阶段 (appendix 6.2)."""

    SCOUTING = "scouting", _("Scouting")
    EVALUATED = "evaluated", _("Evaluated")
    TARGETED = "targeted", _("Priority follow-up")
    NEGOTIATING = "negotiating", _("Negotiating")
    BRIEFING = "briefing", _("Briefing stage")
    COLLECTING = "collecting", _("Collecting quantities")
    CONTRACTING = "contracting", _("Contracting")
    COOPERATING = "cooperating", _("Cooperating")
    MAINTAINING = "maintaining", _("Maintaining")
    PARKED = "parked", _("Parked")
    DROPPED = "dropped", _("Dropped")


class Grade(TextChoices):
    A = "A", _("A key")
    B = "B", _("B important")
    C = "C", _("C ordinary")
    D = "D", _("D watch")


class Intention(TextChoices):
    """意向等级 (R20, R109)."""

    S = "S", _("S strong: can order within a month")
    A = "A", _("A clear: needs it, no date yet")
    B = "B", _("B interested: wants to know more")
    C = "C", _("C waiting")
    N = "N", _("N none")


class Power(IntegerChoices):
    """购买力 (R21, R110)."""

    STRONG = 5, _("Strong")
    RATHER_STRONG = 4, _("Rather strong")
    MEDIUM = 3, _("Medium")
    RATHER_WEAK = 2, _("Rather weak")
    WEAK = 1, _("Weak")


class Attention(IntegerChoices):
    """关注度 and 重视程度 (R19, R112)."""

    VERY_HIGH = 5, _("Very high")
    HIGH = 4, _("High")
    MEDIUM = 3, _("Medium ")
    LOW = 2, _("Low")
    NONE = 1, _("None")


class KeyState(TextChoices):
    """关键人物资格状态 (R9–R11)."""

    DESIGNATED = "designated", _("Confirmed")
    TRACKING = "tracking", _("Being tracked")
    MET = "met", _("Conditions met")
    VOID_CHANGED = "void_changed", _("Changed midway, not recognised")
    VOID_OTHER = "void_other", _("Void")
    CLOSED = "closed", _("Closed")


ACTIVE_KEY_STATES = (KeyState.DESIGNATED, KeyState.TRACKING, KeyState.MET)


class Factor(TextChoices):
    """评估维度: the plan's own five factors (R17, L17)."""

    HEADCOUNT = "headcount", _("Headcount")
    HEALTH_FOCUS = "health_focus", _("Attention to healthy food")
    INTENTION = "intention", _("Intention to buy gift boxes")
    POWER = "power", _("Buying power")
    ACTIVITIES = "activities", _("Collective activities")


class EvaluationState(TextChoices):
    DRAFT = "draft", _("Scored")
    REVIEWED = "reviewed", _("Reviewed")


class PriorityListState(TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Waiting for approval")
    APPROVED = "approved", _("Approved and frozen")
    RETURNED = "returned", _("Returned")


class FactField(TextChoices):
    """Survey facts: what is asked at an organisation and may be learnt again later.

    Each value is also the name of the Organisation field that keeps the latest known answer.
    """

    STAFF_COUNT = "staff_count", _("Staff")
    COVERAGE_COUNT = "coverage_count", _("People covered")
    AVG_ANNUAL_INCOME = "avg_annual_income", _("Average yearly income")
    INCOME_BAND = "income_band", _("Income band")
    MAIN_BUSINESS = "main_business", _("Main business")
    INDUSTRY = "industry", _("Industry")
    OFFICE_ENVIRONMENT = "office_environment", _("Office setting")
    LIVING_ENVIRONMENT = "living_environment", _("Where staff live")
    FOOT_TRAFFIC = "foot_traffic", _("Where people pass")
    HEALTH_FOCUS = "health_focus", _("Attention to healthy food")
    HEALTH_ATTENTION = "health_attention", _("Health food in their words")
    GIFT_DEMAND = "gift_demand", _("What gifts are needed for")
    GIFT_DEMAND_TEXT = "gift_demand_text", _("Gift needs in their words")
    INTENTION = "intention", _("Intention to buy gift boxes")
    POWER = "power", _("Buying power")
    PER_CAPITA_BUDGET = "per_capita_budget", _("Budget per head")
    PRICE_LOW = "price_low", _("Acceptable price from")
    PRICE_HIGH = "price_high", _("Acceptable price to")
    ATTENTION = "attention", _("Attention")
    INTRANET = "intranet", _("Intranet or group")
    COLLECTIVE_ACTIVITIES = "collective_activities", _("Collective activities")
    GIFT_DISTRIBUTION = "gift_distribution", _("When gifts are handed out")
    GIFT_DISTRIBUTION_NOTE = "gift_distribution_note", _("Handing out, in their words")
    MEETING_TIME = "meeting_time", _("When staff assemble")
    MEETING_TIME_NOTE = "meeting_time_note", _("Assembling, in their words")
    PURCHASE_MODE = "purchase_mode", _("Way of purchasing")
    BUYING_PROCESS = "buying_process", _("Buying process")
    CURRENT_SUPPLIER = "current_supplier", _("Supplier now")
    RECENT_EVENTS = "recent_events", _("Upcoming events")
    PROMO_TIMING = "promo_timing", _("Promotion: when")
    PROMO_PLACE = "promo_place", _("Promotion: where")
    PROMO_METHOD = "promo_method", _("Promotion: how")


class AttachmentKind(TextChoices):
    """What a paper of an organisation is (D4)."""

    FORM = "form", _("Filled-in form")
    QUOTE = "quote", _("Quotation")
    CONTRACT = "contract", _("Contract")
    TEST_REPORT = "test_report", _("Test report")
    PHOTO = "photo", _("Photo")
    OTHER = "other", _("Other paper")
