"""Visits, their plans and reports, and what takes people there: vehicles, journeys, guests."""

from .hospitality import Hospitality, HospitalityRule
from .plans import PlanLine, PlanRevision, PlanRule, VisitPlan
from .travel import TravelClaim, TravelRule
from .vehicles import Driver, Vehicle, VehicleRequest, VehicleRule
from .visits import (
    AppointmentCall,
    DayTemplateStep,
    ReportRule,
    Visit,
    VisitPhoto,
    VisitReport,
    label_of,
)

__all__ = [
    "AppointmentCall",
    "DayTemplateStep",
    "Driver",
    "Hospitality",
    "HospitalityRule",
    "PlanLine",
    "PlanRevision",
    "PlanRule",
    "ReportRule",
    "TravelClaim",
    "TravelRule",
    "Vehicle",
    "VehicleRequest",
    "VehicleRule",
    "Visit",
    "VisitPhoto",
    "VisitPlan",
    "VisitReport",
    "label_of",
]
