"""The guarded fetcher against a real server."""

from __future__ import annotations

import datetime
import gzip
import ipaddress
import socket
import ssl
import threading
import time
from email.utils import format_datetime

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.ingestion import guard
from portal.ingestion.fetch import FetchError, Limits, Request, fetch
from portal.ingestion.guard import is_public
from portal.ingestion.transports.login import Fixed
from tests.portal.ingestion.server import answer, serving

QUICK = Limits(seconds=3, patience=1)


def get(local, path="/", limits=QUICK, **fields):
    return fetch(Request(local.url(path), **fields), allowed_hosts=[local.host], limits=limits)


def content(fetched):
    with fetched.body as body:
        return body.read()


@pytest.fixture
def names(monkeypatch):
    """Names and the addresses they resolve to, one after the other, instead of a name server."""
    known: dict[str, list[str]] = {}
    resolve = socket.getaddrinfo

    def lookup(host, port, *args, **options):
        if host in known:
            addresses = known[host]
            address = addresses.pop(0) if len(addresses) > 1 else addresses[0]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]
        return resolve(host, port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return known


def test_an_allowed_host_is_fetched_with_what_it_says_of_itself(local):
    local.answers["/"] = answer(body=b"a;one\n", etag='"1"', last_modified="Mon, 02 Nov 2026 10:00:00 GMT")
    fetched = get(local, login=Fixed("Bearer secret"))
    assert content(fetched) == b"a;one\n"
    assert (fetched.etag, fetched.last_modified) == ('"1"', "Mon, 02 Nov 2026 10:00:00 GMT")
    headers = local.seen[0][1]
    assert (headers["host"], headers["authorization"]) == (local.host, "Bearer secret")


def test_a_private_address_is_refused_unless_allowed_for_the_source(local):
    local.answers["/"] = answer(body=b"x")
    for allowed in ([], ["127.0.0.1:1"], ["other"], ["localhost"]):
        with pytest.raises(FetchError, match="private network"):
            fetch(Request(local.url()), allowed_hosts=allowed, limits=QUICK)
    assert local.seen == []
    assert content(fetch(Request(local.url()), allowed_hosts=["127.0.0.1"], limits=QUICK)) == b"x"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "10.0.0.8", "192.168.1.1",
        "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "0", "2130706433", "0x7f000001", "0x7f.1",
        "017700000001", "0177.0.0.1", "127.1", "[fe80::1]", "[fc00::1]", "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "224.0.0.1", "255.255.255.255", "[ff02::1]", "①②⑦.0.0.1", "127。0。0。1",
        "localhost.", "LOCALHOST", "127.0.0.1.", "0300.0250.1.1", "0xc0a80101", "3232235777", "[::127.0.0.1]",
        "[::ffff:169.254.169.254]", "[64:ff9b:1::1]", "169.254.169.254.", "source.example@127.0.0.1",
        "source.example:80@127.0.0.1", "xn--localhost-", "1.1.1.1@[::1]",
    ],
)  # fmt: skip
def test_private_and_oddly_written_addresses_are_refused(local, host):
    with pytest.raises(FetchError, match=r"private network|oddly written|cannot be reached"):
        fetch(Request(f"http://{host}:{local.port}/"), limits=Limits(seconds=3, tries=1))
    assert local.seen == []


@pytest.mark.parametrize(
    ("address", "public"),
    [("93.184.216.34", True), ("2606:2800:220:1::1", True), ("::ffff:93.184.216.34", True),
     ("240.0.0.1", False), ("192.88.99.1", False), ("192.0.0.9", False), ("3fff::1", False), ("5f00::1", False),
     ("64:ff9b:1::1", False), ("::8.8.8.8", False), ("2002:808:808::1", False), ("2001::1", False), ("::", False),
     ("64:ff9b::5db8:d822", True), ("64:ff9b::a00:1", False), ("fec0::1", False), ("239.1.1.1", False)],
)  # fmt: skip
def test_public_addresses_are_told_from_others(address, public):
    assert is_public(ipaddress.ip_address(address)) is public


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://x/", "http://", "http://a b/"])
def test_other_schemes_and_broken_addresses_are_refused(url):
    with pytest.raises(FetchError):
        fetch(Request(url), limits=QUICK)


def test_a_redirect_into_a_private_network_is_refused(local, names):
    with serving() as inner:
        inner.answers["/secret"] = answer(body=b"secret")
        local.answers["/"] = answer(302, location=inner.url("/secret"))
        with pytest.raises(FetchError, match="private network"):
            get(local)
        assert inner.seen == []


def test_a_redirect_to_another_scheme_is_refused(local):
    local.answers["/"] = answer(302, location="file:///etc/passwd")
    with pytest.raises(FetchError, match="http"):
        get(local)


def test_redirects_are_followed_and_the_token_stays_with_its_host(local):
    with serving() as other:
        other.answers["/there"] = answer(body=b"moved")
        local.answers["/"] = answer(301, location="/next")
        local.answers["/next"] = answer(307, location=other.url("/there"))
        request = Request(local.url(), login=Fixed("Bearer secret"))
        assert content(fetch(request, allowed_hosts=["127.0.0.1"], limits=QUICK)) == b"moved"
        assert ["authorization" in headers for _path, headers in local.seen + other.seen] == [
            True,
            True,
            False,
        ]


def test_too_many_redirects_are_refused(local):
    local.answers["/"] = answer(302, location="/")
    with pytest.raises(FetchError, match="too often"):
        get(local)
    assert len(local.seen) == QUICK.redirects + 1


def test_a_name_that_changes_its_address_between_check_and_use_gains_nothing(local, names):
    names["source.example"] = ["93.184.216.34", "127.0.0.1"]
    with pytest.raises(FetchError):
        fetch(Request(f"http://source.example:{local.port}/"), limits=Limits(seconds=1, tries=1))
    assert local.seen == []


def test_a_name_that_points_into_the_private_network_is_refused(local, names):
    names["source.example"] = ["127.0.0.1"]
    with pytest.raises(FetchError, match="private network"):
        fetch(Request(f"http://source.example:{local.port}/"), limits=QUICK)
    local.answers["/"] = answer(body=b"x")
    allowed = Request(f"http://source.example:{local.port}/")
    assert content(fetch(allowed, allowed_hosts=["source.example"], limits=QUICK)) == b"x"
    assert local.seen[0][1]["host"] == f"source.example:{local.port}"


@pytest.fixture
def certificate(tmp_path):
    """A certificate for source.example and a context that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "source.example")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("source.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "both.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + made.public_bytes(pem))
    return file


def test_tls_checks_the_name_although_the_checked_address_is_dialled(names, certificate, monkeypatch):
    names["source.example"] = names["other.example"] = ["127.0.0.1"]
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    monkeypatch.setattr(httpx, "create_ssl_context", lambda **_: ssl.create_default_context(cafile=certificate))
    allowed = ["source.example", "other.example"]
    with serving(server) as local:
        local.answers["/"] = answer(body=b"safe")
        fetched = fetch(Request(f"https://source.example:{local.port}/"), allowed_hosts=allowed, limits=QUICK)
        assert content(fetched) == b"safe"
        with pytest.raises(FetchError, match="CERTIFICATE_VERIFY_FAILED"):
            fetch(
                Request(f"https://other.example:{local.port}/"),
                allowed_hosts=allowed,
                limits=Limits(seconds=3, tries=1),
            )


def test_what_did_not_change_is_not_sent_again(local):
    def only_if_changed(request):
        unchanged = request.headers.get("If-None-Match") == '"1"'
        answer(304 if unchanged else 200, b"" if unchanged else b"x", etag='"1"')(request)

    local.answers["/"] = only_if_changed
    first = get(local)
    assert content(first) == b"x"
    assert get(local, etag=first.etag).body is None


def test_a_size_limit_holds_for_declared_and_for_endless_answers(local):
    def endless(request):
        request.send_response(200)
        request.end_headers()
        while True:
            request.wfile.write(b"x" * 1000)

    local.answers["/declared"] = answer(body=b"x" * 2000)
    local.answers["/endless"] = endless
    for path in ("/declared", "/endless"):
        with pytest.raises(FetchError, match="more than 1500 bytes"):
            get(local, path, Limits(seconds=3, size=1500))


def test_a_packed_answer_is_refused(local):
    local.answers["/"] = answer(body=b"x", content_encoding="gzip")
    with pytest.raises(FetchError, match="packed"):
        get(local)
    assert local.seen[0][1]["accept-encoding"] == "identity"


@pytest.mark.parametrize("part", ["headers", "body"])
def test_a_source_that_drips_is_cut_off_in_time(local, part):
    def drip(request):
        request.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"\r\n" if part == "body" else b""))
        while True:
            request.wfile.write(b"x" if part == "body" else b"X-Wait: 1\r\n")
            request.wfile.flush()
            time.sleep(0.1)

    local.answers["/"] = drip
    started = time.monotonic()
    with pytest.raises(FetchError, match="too slow"):
        get(local, limits=Limits(seconds=1))
    assert time.monotonic() - started < 2.5


def test_a_source_that_never_answers_is_cut_off_in_time(local):
    local.answers["/"] = lambda request: time.sleep(2)
    started = time.monotonic()
    with pytest.raises(FetchError, match="too slow"):
        get(local, limits=Limits(seconds=0.5))
    assert time.monotonic() - started < 1.5


def test_the_wait_for_an_answer_is_bounded_by_the_source_and_not_by_a_step(local, monkeypatch):
    def slow(request):
        time.sleep(1)
        answer(body=b"made for you")(request)

    monkeypatch.setattr(guard, "SLOWEST_STEP", 0.2)
    local.answers["/"] = slow
    assert content(get(local, limits=Limits(seconds=20))) == b"made for you"
    assert len(local.seen) == 1


def test_once_it_has_begun_an_answer_may_not_pause_for_long_and_is_not_asked_for_again(local, monkeypatch):
    def pausing(request):
        request.send_response(200)
        request.send_header("Content-Length", "100")
        request.end_headers()
        request.wfile.write(b"half")
        request.wfile.flush()
        time.sleep(2)

    monkeypatch.setattr(guard, "SLOWEST_STEP", 0.2)
    local.answers["/"] = pausing
    with pytest.raises(FetchError, match="too slow"):
        get(local, limits=Limits(seconds=20))
    assert len(local.seen) == 1


def test_trouble_that_passes_is_waited_for_as_long_as_the_source_asks(local):
    moments = []

    def busy_once(request):
        moments.append(time.monotonic())
        (answer(429, retry_after="1") if len(moments) == 1 else answer(body=b"now"))(request)

    local.answers["/"] = busy_once
    assert content(get(local)) == b"now"
    assert moments[1] - moments[0] >= 1


@pytest.mark.parametrize("asked", ["3600", "a date"])
def test_a_long_wait_is_left_to_the_schedule(local, asked):
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    local.answers["/"] = answer(503, retry_after=asked if asked.isdigit() else format_datetime(later, usegmt=True))
    with pytest.raises(FetchError, match="503") as caught:
        get(local)
    assert caught.value.retry_after == pytest.approx(3600, abs=5)
    assert len(local.seen) == 1


def test_server_errors_are_tried_again_and_refusals_are_not(local):
    local.answers["/500"] = answer(500)
    local.answers["/403"] = answer(403)
    for path in ("/500", "/403"):
        with pytest.raises(FetchError, match=path[1:]):
            get(local, path)
    assert local.paths() == ["/500"] * QUICK.tries + ["/403"]


def test_a_connection_that_breaks_off_is_an_error(local):
    def half(request):
        request.send_response(200)
        request.send_header("Content-Length", "100")
        request.end_headers()
        request.wfile.write(b"half")

    local.answers["/"] = half
    with pytest.raises(FetchError, match="cannot be reached"):
        get(local)


def test_nobody_listening_is_an_error_in_words(local):
    with pytest.raises(FetchError, match="cannot be reached"):
        fetch(Request("http://127.0.0.1:1/"), allowed_hosts=["127.0.0.1"], limits=QUICK)


def test_a_log_in_page_instead_of_data_is_noticed(local):
    local.answers["/page"] = answer(body=b"<html>", content_type="text/html; charset=utf-8")
    local.answers["/csv"] = answer(body=b"x", content_type="text/csv; charset=utf-8")
    local.answers["/any"] = answer(body=b"x", content_type="application/octet-stream")
    with pytest.raises(FetchError, match="text/html instead of text/csv"):
        get(local, "/page", content_types=["text/csv"])
    assert content(get(local, "/csv", content_types=["text/csv"])) == b"x"
    assert content(get(local, "/any", content_types=["text/csv"])) == b"x"


def test_a_name_in_punycode_is_what_is_checked_and_what_may_be_allowed(local, names):
    names["xn--kse-qla.example"] = ["127.0.0.1"]
    local.answers["/"] = answer(body=b"x")
    url = f"http://käse.example:{local.port}/"
    with pytest.raises(FetchError, match="private network"):
        fetch(Request(url), limits=QUICK)
    with pytest.raises(FetchError, match="private network"):
        fetch(Request(url), allowed_hosts=["kase.example"], limits=QUICK)
    assert content(fetch(Request(url), allowed_hosts=["xn--kse-qla.example"], limits=QUICK)) == b"x"


def test_a_host_that_was_allowed_may_be_written_with_a_trailing_dot(local, names):
    names["source.example."] = ["127.0.0.1"]
    local.answers["/"] = answer(body=b"x")
    request = Request(f"http://source.example.:{local.port}/")
    assert content(fetch(request, allowed_hosts=["source.example"], limits=QUICK)) == b"x"


def test_of_several_addresses_none_may_be_private(local, names, monkeypatch):
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, local.port)) for a in ("93.184.216.34", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: both)
    with pytest.raises(FetchError, match="private network"):
        fetch(Request(f"http://source.example:{local.port}/"), limits=QUICK)
    assert local.seen == []


def test_a_proxy_a_netrc_and_certificates_of_the_environment_are_not_used(local, monkeypatch, tmp_path):
    local.answers["/"] = answer(body=b"direct")
    with serving() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, proxy.url())
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password secret")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "absent.pem"))
        assert content(get(local)) == b"direct"
        assert proxy.seen == []
    assert "authorization" not in local.seen[0][1]


def test_a_gzip_bomb_is_not_unpacked(local):
    bomb = gzip.compress(b"0" * 20_000_000)
    local.answers["/"] = answer(body=bomb, content_encoding="gzip")
    local.answers["/file"] = answer(body=bomb, content_type="application/octet-stream")
    with pytest.raises(FetchError, match="packed"):
        get(local, limits=Limits(seconds=3, size=100_000))
    assert content(get(local, "/file", limits=Limits(seconds=3, size=100_000))) == bomb


def test_packed_transfer_is_refused(local):
    local.answers["/"] = answer(body=b"x", transfer_encoding="gzip")
    with pytest.raises(FetchError):
        get(local)


def test_headers_without_end_are_cut_off(local):
    def endless(request):
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            request.wfile.write(b"X-Padding: " + b"x" * 1000 + b"\r\n")

    local.answers["/"] = endless
    with pytest.raises(FetchError, match="cannot be reached"):
        get(local, limits=Limits(seconds=3, tries=1))


@pytest.mark.parametrize("asked", ["-5", "soon", "", "1e9", "Mon, 99 Foo 2026 10:00:00 GMT", "9" * 400, "\xff"])
def test_a_wait_that_is_none_is_not_waited_for_without_bound(local, asked):
    local.answers["/"] = answer(503, retry_after=asked)
    with pytest.raises(FetchError, match="503") as caught:
        get(local)
    assert caught.value.retry_after <= 10**9
    assert len(local.seen) == (1 if asked.startswith("9") else QUICK.tries)


def test_a_wait_longer_than_the_time_that_is_left_is_left_to_the_schedule(local):
    local.answers["/"] = answer(429, retry_after="4")
    with pytest.raises(FetchError, match="429") as caught:
        get(local, limits=Limits(seconds=2))
    assert (caught.value.retry_after, len(local.seen)) == (4, 1)


def test_what_is_not_safe_to_repeat_is_sent_again_only_if_it_was_not_heard(local):
    local.answers["/500"] = answer(500)
    local.answers["/429"] = answer(429)
    for path, times in (("/500", 1), ("/429", QUICK.tries)):
        with pytest.raises(FetchError):
            get(local, path, method="POST", content=b"x")
        assert local.paths().count(path) == times


def test_an_unasked_not_modified_is_an_error(local):
    local.answers["/"] = answer(304)
    with pytest.raises(FetchError, match="304"):
        get(local)


def test_a_name_server_that_never_answers_is_cut_off(monkeypatch):
    answered, given_up = [], threading.Event()

    def never(*_args, **_options):
        answered.append(given_up.wait(20))
        raise socket.gaierror("no name server")

    monkeypatch.setattr(socket, "getaddrinfo", never)
    with pytest.raises(FetchError, match="too slow"):
        fetch(Request("http://source.example/"), limits=Limits(seconds=0.3, tries=1))
    assert answered == []
    given_up.set()


def test_a_log_in_goes_unencrypted_only_to_hosts_that_were_allowed(local, names):
    names["source.example"] = ["93.184.216.34"]
    request = Request("http://source.example/", login=Fixed("Bearer secret"))
    with pytest.raises(FetchError, match="use https"):
        fetch(request, allowed_hosts=["other.example"], limits=Limits(seconds=1, tries=1))
    local.answers["/"] = answer(body=b"x")
    assert content(get(local, login=Fixed("Bearer secret"))) == b"x"
