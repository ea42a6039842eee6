"""The programs, facilities and staff of the demo data."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "academy-demo"  # noqa: S105


@dataclass(frozen=True)
class DemoProgram:
    """`ages` holds (youngest age, oldest age, share of the students) of each age group."""

    name: str
    initials: str
    color: str
    description: str
    students: int
    ages: list[tuple[int, int, int]]
    facilities: list[DemoFacility]
    inactive_courses: frozenset[str] = frozenset()

    @property
    def outline(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class DemoFacility:
    """`equipment` is like "12 kickboards; 3 hoops", `amenities` like "showers; lift". `back_in`: days until it reopens."""

    name: str
    facility_type: str
    capacity: int | None
    equipment: str
    amenities: str
    status: str = "active"
    reason: str = ""
    back_in: int | None = None

    def equipment_rows(self) -> list[dict[str, str | int]]:
        rows: list[dict[str, str | int]] = []
        for item in filter(None, self.equipment.split("; ")):
            quantity, name = item.split(" ", 1)
            rows.append({"name": name, "quantity": int(quantity)})
        return rows

    def amenity_list(self) -> list[str]:
        return [word[0].upper() + word[1:] for word in self.amenities.split("; ") if word]


@dataclass(frozen=True)
class DemoUser:
    username: str
    full_name: str
    role: str
    programs: list[str]
    can: str


SWIMMING = DemoProgram(
    "Swimming",
    "SW",
    "blue",
    "From first bubbles to the competitive squad: warm-water beginners' groups, stroke development and training for "
    "races, in three pools all year round.",
    240,
    [(4, 6, 30), (6, 9, 35), (8, 12, 20), (11, 17, 15)],
    [
        DemoFacility(
            "Riverside Main Pool, 25 m",
            "pool",
            64,
            "8 starting blocks; 9 lane ropes; 40 kickboards; 40 pull buoys; 2 pace clocks; 4 backstroke flag lines; "
            "2 reaching poles; 3 throw bags; 1 defibrillator",
            "changing rooms; family changing rooms; showers; lockers; spectator gallery; pool hoist; first-aid room",
        ),
        DemoFacility(
            "Riverside Teaching Pool",
            "pool",
            24,
            "36 noodles; 30 kickboards; 48 sinking rings; 12 hoops; 24 floating toys; 6 watering cans; 2 floor mats",
            "water at 32 °C; depth 0.6 to 0.9 m; entry steps with rail; warm showers; parents' bench",
        ),
        DemoFacility(
            "Lido Park Outdoor Pool, 50 m",
            "pool",
            120,
            "10 starting blocks; 11 lane ropes; 12 water polo balls; 2 water polo goals; 2 reaching poles",
            "lawn; sun shade; showers; kiosk; open May to September",
            "inactive",
            "Closed for the winter; the pool is drained",
        ),
        DemoFacility(
            "Hillcrest School Pool, 20 m",
            "pool",
            30,
            "20 kickboards; 20 noodles; 30 sinking rings; 4 lane ropes; 1 reaching pole",
            "changing rooms; showers; step-free access",
        ),
        DemoFacility(
            "Dive Pit and Starts Lane",
            "pool",
            16,
            "2 starting blocks; 1 one-metre board; 2 backstroke wedges; 1 underwater camera; 2 reaching poles",
            "depth 3.8 m; underwater window; ladder",
            "maintenance",
            "Seal of the underwater window is replaced",
            12,
        ),
        DemoFacility(
            "Dryland Studio",
            "gym",
            20,
            "24 mats; 30 elastic bands; 12 medicine balls 2 kg; 10 steps; 20 skipping ropes; 6 foam rollers",
            "mirrors; sprung floor; drinking water; sound system",
        ),
        DemoFacility(
            "Video and Briefing Room",
            "classroom",
            26,
            "1 projector; 26 chairs; 1 whiteboard; 2 tablets; 1 resuscitation dummy",
            "step-free access; Wi-Fi; drinking water",
        ),
        DemoFacility(
            "Swim Lab",
            "lab",
            4,
            "1 swim flume; 3 underwater cameras; 1 lactate meter; 4 tempo beepers; 6 heart-rate monitors",
            "Wi-Fi; air conditioning; quiet area",
        ),
    ],
)

FOOTBALL = DemoProgram(
    "Football",
    "FO",
    "green",
    "Every child has a ball. Play for the youngest, skills for juniors, principles of the game for youth, and a school "
    "for goalkeepers.",
    220,
    [(4, 6, 25), (7, 10, 35), (11, 14, 30), (9, 14, 10)],
    [
        DemoFacility(
            "Mill Lane Pitch 1, grass",
            "field",
            60,
            "2 full-size goals; 4 corner flags; 30 balls size 5; 60 marker discs; 40 bibs; 1 first-aid bag",
            "floodlights; team benches; stand for 200; changing rooms; showers",
        ),
        DemoFacility(
            "Mill Lane Pitch 2, artificial turf",
            "field",
            72,
            "2 full-size goals; 8 small goals; 40 balls size 4; 100 marker discs; 60 bibs; 20 poles",
            "floodlights; fence nets; drinking water",
        ),
        DemoFacility(
            "Little Kickers' Green",
            "field",
            40,
            "12 pop-up goals; 40 balls size 3; 80 cones; 40 bibs; 24 hoops; 16 mini hurdles",
            "fenced; shade trees; toilets; parents' bench",
        ),
        DemoFacility(
            "Cage Court North",
            "court",
            12,
            "2 built-in goals; 10 futsal balls; 12 bibs",
            "boards; floodlights; bicycle stands",
        ),
        DemoFacility(
            "Cage Court South",
            "court",
            12,
            "2 built-in goals; 10 futsal balls; 12 bibs",
            "boards; floodlights",
            "maintenance",
            "New turf is laid",
            5,
        ),
        DemoFacility(
            "Sports Hall East",
            "gym",
            36,
            "4 indoor goals; 24 futsal balls; 12 benches; 16 mats; 1 scoreboard",
            "changing rooms; showers; lockers; step-free access; stand for 120",
        ),
        DemoFacility(
            "Strength Room",
            "gym",
            14,
            "12 mats; 8 kettlebells; 6 plyometric boxes; 14 mini bands; 10 foam rollers; 1 timing gate set",
            "mirrors; air conditioning; drinking water",
        ),
        DemoFacility(
            "Goalkeeper Corner",
            "field",
            10,
            "2 full-size goals; 1 rebound board; 20 balls size 4; 6 mannequins; 8 crash mats; 10 tennis balls",
            "soft turf; fence nets",
        ),
        DemoFacility(
            "Tactics Room",
            "classroom",
            28,
            "1 projector; 3 magnetic boards; 28 chairs; 2 tablets",
            "Wi-Fi; kitchenette; step-free access",
        ),
    ],
    frozenset({"Goalkeeper School"}),
)

MUSIC = DemoProgram(
    "Music",
    "MU",
    "violet",
    "Piano, guitar, choir, and the theory and ear that carry them, from the first sound to the stage.",
    140,
    [(6, 12, 40), (8, 15, 25), (8, 16, 20), (9, 17, 15)],
    [
        DemoFacility(
            "Clara Schumann Hall",
            "classroom",
            140,
            "1 concert grand; 60 choir risers; 140 chairs; 20 music stands; 1 stage lighting set; 4 microphones",
            "stage; lift; cloakroom; hearing loop; foyer",
        ),
        DemoFacility(
            "Piano Room 1",
            "classroom",
            4,
            "1 grand piano; 1 upright piano; 2 height-adjustable benches; 2 footstools; 1 metronome",
            "soundproofing; humidity control",
        ),
        DemoFacility(
            "Piano Room 2",
            "classroom",
            3,
            "1 upright piano; 1 digital piano; 2 benches; 1 footstool",
            "soundproofing; window",
        ),
        DemoFacility(
            "Guitar Room",
            "classroom",
            8,
            "4 half-size guitars; 4 three-quarter guitars; 4 full-size guitars; 8 footstools; 8 music stands; 1 cajon",
            "soundproofing; instrument store",
        ),
        DemoFacility(
            "Choir Room",
            "classroom",
            48,
            "1 upright piano; 48 chairs; 24 choir folders; 1 whiteboard with staves; 2 tuning forks",
            "step-free access; drinking water; mirrors",
        ),
        DemoFacility(
            "Music Technology Lab",
            "lab",
            12,
            "12 computers with notation software; 12 MIDI keyboards; 24 headphones; 1 projector",
            "Wi-Fi; air conditioning; step-free access",
        ),
        DemoFacility(
            "Recording Studio",
            "lab",
            6,
            "1 mixing desk; 6 condenser microphones; 1 drum kit; 2 amplifiers; 4 studio headphones",
            "soundproofing; control room; hearing protectors",
            "maintenance",
            "Mixing desk is being repaired",
            20,
        ),
        DemoFacility(
            "Movement and Rhythm Studio",
            "gym",
            24,
            "16 hand drums; 12 cajons; 24 mats; 30 scarves; 1 sound system",
            "sprung floor; mirrors; drinking water",
        ),
    ],
)

PROGRAMS = [SWIMMING, FOOTBALL, MUSIC]

STAFF = [
    DemoUser("super", "Margarethe Ohlsen", "super_admin", [], "everything, in every program"),
    DemoUser("swim-admin", "Deirdre O'Halloran", "program_admin", ["Swimming"], "everything in Swimming"),
    DemoUser(
        "coordinator",
        "Tomasz Wiśniewski",
        "program_coordinator",
        ["Swimming", "Football"],
        "students, courses and places of Swimming and Football",
    ),
    DemoUser("tutor", "Amara Nwosu", "tutor", ["Swimming"], "reads students and courses of Swimming"),
    DemoUser("music-admin", "Émile Béranger", "program_admin", ["Music"], "everything in Music"),
]
