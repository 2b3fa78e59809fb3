"""What people of the demo say they know about."""

from __future__ import annotations

from typing import Any

from plugins.expertise.actions import declare_skills


def seed(stage: Any) -> None:
    for username, skills in stage.demo.skills.items():
        declare_skills(skills, acting_person=stage.people[username])
    stage.say(f"skills of {len(stage.demo.skills)} people")
