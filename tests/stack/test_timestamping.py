"""Time stamps by an authority of our own: the real protocol over a real connection."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from eventstore.pool import Pool, open_pool
from tests.stack.test_witness import sign
from workers.copying import Copier, stamp_last
from workers.notary_key import KeyFile
from workers.timestamping import (
    Authority,
    AuthorityAway,
    NotStamped,
    read_certificates,
    stamped_at,
    timestamps,
)
from workers.witness import Witness, timestamp_path

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority needs the openssl command")

CONFIG = """
[tsa]
default_tsa = own
[own]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
certs = {folder}/tsa.pem
"""


def openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def make_authority(folder: Path) -> None:
    """A key, its certificate for time stamping, and the settings of ``openssl ts``."""
    folder.mkdir()
    openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 2, "-subj", "/CN=Own authority"),
        *("-addext", "extendedKeyUsage=critical,timeStamping", "-addext", "keyUsage=critical,digitalSignature"),
        *("-keyout", folder / "tsa.key", "-out", folder / "tsa.pem"),
    )
    (folder / "serial").write_text("01\n")
    (folder / "tsa.conf").write_text(CONFIG.format(folder=folder))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address and the certificate of an authority that answers by ``openssl ts -reply``."""
    folder = tmp_path_factory.mktemp("authority") / "own"
    make_authority(folder)

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            (folder / "query").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/broken":
                (folder / "answer").write_bytes(b"not an answer")
            else:
                # "/stale" answers what was asked before.
                if self.path != "/stale":
                    shutil.copy(folder / "query", folder / "asked")
                asked = ("-config", folder / "tsa.conf", "-queryfile", folder / "asked", "-out", folder / "answer")
                openssl("ts", "-reply", *asked)
            self.send_response(200)
            self.end_headers()
            self.wfile.write((folder / "answer").read_bytes())

        def log_message(self, *_: object) -> None:
            """Said nowhere."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", folder / "tsa.pem"
    server.shutdown()
    server.server_close()


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(database_url)
    yield pool
    await pool.close()


async def test_the_last_checkpoint_is_stamped_kept_and_copied(
    authority: tuple[str, Path], pool: Pool, tmp_path: Path
) -> None:
    url, certificate = authority
    certificates = read_certificates(certificate)
    asked = Authority(url, certificates)
    assert not await stamp_last(pool, asked)
    await sign(pool, KeyFile(tmp_path / "notary.key"), "pathway:1", "pathway:2")
    assert await stamp_last(pool, asked)
    assert not await stamp_last(pool, asked)
    [stamp] = await timestamps(pool)
    assert (stamp.size, stamp.authority) == (2, url)
    assert abs(stamp.stamped_at - datetime.now(UTC)) < timedelta(minutes=1)
    note = await pool.fetchval("select note from checkpoints where size = 2")
    assert stamped_at(stamp.response, note, certificates) == stamp.stamped_at
    witness = Witness(str(tmp_path / "place"))
    await Copier(pool, witness).catch_up()
    assert await witness.get(timestamp_path(2)) == stamp.response


async def test_a_stamp_holds_for_its_note_and_its_authority_alone(authority: tuple[str, Path], tmp_path: Path) -> None:
    url, certificate = authority
    stamp = await Authority(url).stamp(1, "a note\n")
    with pytest.raises(NotStamped):
        stamped_at(stamp.response, "another note\n", read_certificates(certificate))
    make_authority(tmp_path / "other")
    with pytest.raises(NotStamped):
        stamped_at(stamp.response, "a note\n", read_certificates(tmp_path / "other" / "tsa.pem"))
    with pytest.raises(NotStamped):
        await Authority(url, read_certificates(tmp_path / "other" / "tsa.pem")).stamp(1, "a note\n")


async def test_an_answer_that_is_none_or_another_requests_is_refused(authority: tuple[str, Path]) -> None:
    url, _ = authority
    await Authority(url).stamp(1, "a note\n")
    for path in ("/broken", "/stale"):
        with pytest.raises(NotStamped):
            await Authority(url + path).stamp(1, "a note\n")
    with pytest.raises(AuthorityAway):
        await Authority("http://127.0.0.1:1").stamp(1, "a note\n")
