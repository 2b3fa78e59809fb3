"""Nothing is fetched that was not allowed: private addresses, other schemes, redirects, names that change."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.ingestion.fetch import FetchError, Limits, Request, fetch, trusted
from portal.ingestion.guard import is_public
from portal.ingestion.transports.login import Fixed
from tests.portal.ingestion.fetching import QUICK, content, get
from tests.portal.ingestion.server import answer, serving


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


def test_tls_checks_the_name_although_the_checked_address_is_dialled(names, certificate, settings):
    names["source.example"] = names["other.example"] = ["127.0.0.1"]
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    settings.FOLKMOOT_CA_FILE = certificate
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
        settings.FOLKMOOT_CA_FILE = None
        with pytest.raises(FetchError, match="CERTIFICATE_VERIFY_FAILED"):
            fetch(
                Request(f"https://source.example:{local.port}/"),
                allowed_hosts=allowed,
                limits=Limits(seconds=3, tries=1),
            )


def test_an_own_authority_is_trusted_besides_the_usual_ones(certificate, settings):
    usual = trusted().cert_store_stats()["x509_ca"]
    settings.FOLKMOOT_CA_FILE = certificate
    assert trusted().cert_store_stats()["x509_ca"] == usual + 1
    assert trusted().verify_mode == ssl.CERT_REQUIRED
    assert trusted().check_hostname


def test_a_renewed_authority_is_trusted_without_a_restart_and_nothing_is_read_twice(certificate, settings, tmp_path):
    known = settings.FOLKMOOT_CA_FILE = tmp_path / "ca.pem"
    known.write_bytes(Path(certifi.where()).read_bytes())
    before = trusted()
    assert trusted() is before
    certificate.replace(known)
    assert trusted().cert_store_stats()["x509_ca"] == before.cert_store_stats()["x509_ca"] + 1


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


def test_a_log_in_goes_unencrypted_only_to_hosts_that_were_allowed(local, names):
    names["source.example"] = ["93.184.216.34"]
    request = Request("http://source.example/", login=Fixed("Bearer secret"))
    with pytest.raises(FetchError, match="use https"):
        fetch(request, allowed_hosts=["other.example"], limits=Limits(seconds=1, tries=1))
    local.answers["/"] = answer(body=b"x")
    assert content(get(local, login=Fixed("Bearer secret"))) == b"x"
