from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.settings.env import BASE_DIR, read


def environment(tmp_path, **values):
    return read({"FOLKMOOT_DATA_DIR": str(tmp_path), **values})


def test_nothing_set_is_the_embedded_stack(tmp_path):
    env = environment(tmp_path)
    assert str(env.database["ENGINE"]).endswith("sqlite3")
    assert env.elasticsearch_url == env.redis_url == ""
    assert environment(tmp_path).secret_key == env.secret_key  # made once, kept


def test_postgresql_gets_a_pool(tmp_path):
    env = environment(tmp_path, DATABASE_URL="postgres://a:b@127.0.0.1:5432/x", FOLKMOOT_SECRET_KEY="x" * 40)
    assert env.database["OPTIONS"]["pool"]["max_size"] == 20
    assert env.database["CONN_MAX_AGE"] == 0


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DATABASE_URL", "mysql://a@b/c", "PostgreSQL"),
        ("ELASTICSEARCH_URL", "localhost", "http://host:port"),
        ("ELASTICSEARCH_URL", "http://localhost:many", "not an address"),
        ("REDIS_URL", "http://localhost", "redis://host:port"),
        ("FOLKMOOT_DEBUG", "maybe", "use 1 or 0"),
        ("FOLKMOOT_SECRET_KEY", "short", "longer"),
        ("FOLKMOOT_LANGUAGE", "fr", "en, et, sv, nl or de"),
        ("FOLKMOOT_TIME_ZONE", "Mars/Base", "Europe/Berlin"),
        ("FOLKMOOT_SEARCH_PREFIX", "A B", "small letters"),
        ("FOLKMOOT_CA_FILE", "/nowhere/ca.pem", "No such file"),
        ("FOLKMOOT_CA_FILE", __file__, "PEM file"),
        ("FOLKMOOT_KEEP_BODIES_DAYS", "0", "whole days"),
        ("FOLKMOOT_KEEP_UNSETTLED_DAYS", "for ever", "whole days"),
        ("FOLKMOOT_KEEP_UNSETTLED_DAYS", "13", "fewer days than FOLKMOOT_KEEP_BODIES_DAYS"),
        ("FOLKMOOT_KEEP_HISTORY_DAYS", "29", "fewer days than FOLKMOOT_KEEP_UNSETTLED_DAYS"),
        ("FOLKMOOT_SEEKING_PEOPLE", "2", "3 to 30"),
        ("FOLKMOOT_SEEKING_PEOPLE", "many", "0 to count nothing"),
        ("FOLKMOOT_DEBGU", "1", "not a setting"),
    ],
)
def test_a_wrong_value_is_refused_in_one_line_that_says_what_to_do(tmp_path, name, value, says):
    with pytest.raises(ImproperlyConfigured, match=says) as refusal:
        environment(tmp_path, **{name: value})
    assert name in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_real_deployment_must_name_its_secret_key(tmp_path):
    with pytest.raises(ImproperlyConfigured, match="FOLKMOOT_SECRET_KEY"):
        environment(tmp_path, DATABASE_URL="postgres://a:b@127.0.0.1:5432/x")


def test_the_command_line_stops_with_that_line(tmp_path):
    values = {**os.environ, "FOLKMOOT_DATA_DIR": str(tmp_path), "REDIS_URL": "nonsense"}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=BASE_DIR, env=values, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Folkmoot cannot start: REDIS_URL")
    assert done.stderr.count("\n") == 1
