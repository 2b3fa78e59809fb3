"""The people and departments of the style guide: plain objects in the shape of the models, never stored."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Department:
    """A department as the components draw it."""

    name: str
    hue: int
    get_absolute_url: str = "/departments/"


@dataclass(frozen=True)
class Person:
    """A person as the components draw one."""

    first_name: str
    last_name: str
    job_title: str
    hue: int
    photo: str = ""
    get_absolute_url: str = "/people/"

    @property
    def display_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def initials(self) -> str:
        return self.first_name[0] + self.last_name[0]


DEPARTMENTS = {
    "emergency": Department("Emergency, Pärnu", 25),
    "surgery": Department("Surgery, Rostock", 60),
    "facilities": Department("Facilities, Rostock", 95),
    "infections": Department("Infectious diseases", 165),
    "laboratory": Department("Laboratory", 190),
    "communications": Department("Communications", 225),
    "it": Department("IT service desk", 265),
    "nursing": Department("Nursing", 330),
}
PEOPLE = {
    "maret": Person("Maret", "Tamm", "Shift lead", 112),
    "jonas": Person("Jonas", "Lindqvist", "Registrar", 67),
    "liis": Person("Liis", "Kask", "Nurse, triage", 19),
    "sanne": Person("Sanne", "de Boer", "Physiotherapist", 330),
    "ingrid": Person("Ingrid", "Holm", "Chief nurse", 312),
    "helena": Person("Helena", "Sild", "Specialist in infectious diseases", 150),
    "bram": Person("Bram", "Visser", "Bed coordinator", 200),
}
