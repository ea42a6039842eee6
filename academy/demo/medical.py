"""Generates the medical information of students: conditions with instructions, and notes."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any


@dataclass(frozen=True)
class Condition:
    """`weight` and `by_severity` (mild, moderate, severe) are weights of a random choice."""

    name: str
    weight: int
    by_severity: tuple[int, int, int]
    action: str
    medication: str


CONDITIONS = [
    Condition(
        "Asthma",
        26,
        (5, 4, 1),
        "Stop, sit upright, two puffs of the reliever through the spacer. After ten minutes without relief, or "
        "if speaking is hard: emergency call.",
        "Salbutamol inhaler and spacer, in the bag",
    ),
    Condition(
        "Hay fever",
        16,
        (7, 3, 0),
        "In May and June stay indoors when eyes and nose run; rinse the eyes.",
        "Cetirizine, taken at home in the morning",
    ),
    Condition(
        "Eczema",
        12,
        (6, 4, 0),
        "Sweat and chlorine sting: wash with clear water and give time for the cream before dressing.",
        "Emollient, in the bag",
    ),
    Condition(
        "Nut allergy",
        12,
        (1, 3, 6),
        "No shared snacks. On swelling, wheezing or vomiting: adrenaline pen into the outer thigh, lay flat, "
        "emergency call, second pen after five minutes.",
        "Two adrenaline auto-injectors, in the red pouch",
    ),
    Condition(
        "Type 1 diabetes",
        6,
        (0, 6, 4),
        "Check glucose before and after exercise. Below 4 mmol/l: juice or glucose tablets, rest fifteen minutes, "
        "check again. Never leave alone when low.",
        "Insulin pump; glucose tablets and juice with the teacher",
    ),
    Condition(
        "Epilepsy",
        5,
        (1, 5, 4),
        "Clear the space, cushion the head, time it; after five minutes rescue medication and emergency call. In "
        "the pool hold the face above the water and take out when the seizure ends. Always one watcher.",
        "Buccal midazolam, with the first-aid kit",
    ),
    Condition(
        "Wasp and bee sting allergy",
        5,
        (2, 4, 4),
        "Remove the sting, cool. On hives away from the sting or short breath: adrenaline pen and emergency call.",
        "Adrenaline auto-injector",
    ),
    Condition("Coeliac disease", 4, (0, 9, 1), "Gluten-free food only, own box at festivals.", ""),
    Condition(
        "Lactose intolerance",
        4,
        (8, 2, 0),
        "No milk drinks at events.",
        "Lactase tablets, carried by the child",
    ),
    Condition(
        "Hearing loss",
        4,
        (2, 6, 2),
        "Face the child when speaking, agree on hand signs; hearing aids are taken out before the water.",
        "",
    ),
    Condition(
        "Ear tubes (grommets)", 5, (7, 3, 0), "Ear plugs and band near water; no diving below one metre.", ""
    ),
    Condition(
        "Migraine",
        5,
        (4, 5, 1),
        "Quiet, dark room and water; call the parents when it lasts longer than half an hour.",
        "Ibuprofen, with written consent of the parents",
    ),
    Condition(
        "Osgood-Schlatter disease",
        5,
        (5, 4, 0),
        "No jumping and kneeling while the knee hurts; the child decides.",
        "",
    ),
    Condition(
        "Congenital heart defect, repaired",
        2,
        (3, 5, 2),
        "May take part as told in the cardiologist's letter; stop on chest pain, blue lips or fainting.",
        "",
    ),
    Condition(
        "ADHD",
        6,
        (5, 5, 0),
        "Short instructions, a task to begin with, a break when asked for.",
        "Methylphenidate, taken at home",
    ),
    Condition(
        "Autism",
        6,
        (4, 5, 1),
        "Tell changes in advance; ear defenders are welcome; a quiet place by the door.",
        "",
    ),
    Condition(
        "Latex allergy",
        3,
        (3, 5, 2),
        "No latex caps, no balloons, vinyl gloves in first aid.",
        "Antihistamine, in the first-aid pouch",
    ),
]

NOTES = [
    "Wears glasses, a spare pair is in the bag.",
    "Please don't photograph.",
    "Shy in new groups, warms up after ten minutes.",
    "Left-handed.",
    "Collected by grandmother on Thursdays.",
    "Broken wrist last winter, healed; careful with falls.",
    "Vegetarian.",
    "Inhaler use was practised with the family in the first lesson.",
    "Medication plan signed by the doctor is in the office.",
    "Mild stammer: please wait, don't finish the words.",
]
SEVERITIES = ["mild", "moderate", "severe"]


def draw(rng: Random) -> dict[str, Any]:
    """Medical information with one or two conditions, sometimes with a note."""
    chosen: list[Condition] = []
    for _ in range(2 if rng.random() < 0.18 else 1):
        left = [condition for condition in CONDITIONS if condition not in chosen]
        chosen += rng.choices(left, [condition.weight for condition in left])
    return {
        "conditions": [
            {
                "name": condition.name,
                "severity": rng.choices(SEVERITIES, condition.by_severity)[0],
                "action": condition.action,
                "medication": condition.medication,
            }
            for condition in chosen
        ],
        "note": rng.choice(NOTES) if rng.random() < 0.3 else "",
    }


def draw_note(rng: Random) -> dict[str, Any]:
    """Medical information with a note and no conditions."""
    return {"conditions": [], "note": rng.choice(NOTES)}
