"""Who may do what: sign-in, roles, proxies, names, rates; asked over HTTP as any program could."""

import base64
import hashlib
import itertools
import json
import re

import pytest
from fastapi.testclient import TestClient
from small_index import build

import app as entry
from rag.errors import SettingsError, UsageError
from rag.settings import Settings
from ui.arrival import is_loopback
from ui.identity import check_access
from ui.limits import Limit
from ui.page import build_app
from ui.people import ROLES
from ui.rules import needed
from ui.sessions import COOKIE, Sessions
from ui.testing import FakeBot, FakeIndex, FakeIntake
from ui.users.__main__ import main as users_command
from ui.users.book import UserBook
from ui.users.passwords import hash_password, password_matches

PASSWORD = "correct horse battery"
LOCAL = "http://127.0.0.1"
PROXY = ("10.0.0.9", 4000)
_ADDRESSES = (f"{n // 250}.{n % 250}" for n in itertools.count())


def cheap_hash(password: str) -> str:
    """As ``hash_password`` makes them, at a cost that does not slow a hundred tests."""
    salt = b"salt of the test"
    derived = hashlib.scrypt(password.encode(), salt=salt, n=16, r=8, p=1, dklen=32)
    return "$".join(("scrypt", "4", "8", "1", *(base64.b64encode(raw).decode() for raw in (salt, derived))))


def write_users(path):
    people = {role: {"role": role, "password": cheap_hash(PASSWORD)} for role in ROLES}
    path.write_text(json.dumps({**people, "proxied": {"role": "editor"}}))
    return path


@pytest.fixture
def users(tmp_path):
    return write_users(tmp_path / "users.json")


def page(tmp_path, **settings):
    index = FakeIndex()
    index.put("leave.txt", "请假规定\n第一条 五天。\n")
    settings.setdefault("runs", tmp_path / "runs")
    bot = FakeBot(settings=Settings(index=tmp_path / "index", **settings), index=index, step_s=0)
    return build_app(bot, FakeIntake(index))


def clients(application):
    """Makes clients of one page, each at an address of its own."""

    def client(**options):
        address = f"10.1.{next(_ADDRESSES)}"
        return TestClient(application, base_url=LOCAL, follow_redirects=False, client=(address, 1), **options)

    return client


@pytest.fixture(scope="module")
def doors(tmp_path_factory):
    """Makes clients of a page with sign-in by password, one page for all tests that leave it as it was."""
    folder = tmp_path_factory.mktemp("doors")
    return clients(page(folder, sign_in="users", users=write_users(folder / "users.json")))


@pytest.fixture
def own_doors(tmp_path, users):
    return clients(page(tmp_path, sign_in="users", users=users))


def signed_in(client, name):
    answer = client.post("/yiju/sign-in", data={"name": name, "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return client


def event_number(client, function: str) -> int:
    """The number of the Gradio event whose target or trigger has the ``elem_id`` in question."""
    config = client.get("/config").json()
    ids = {c["id"]: c["props"].get("elem_id") for c in config["components"]}
    return next(d["id"] for d in config["dependencies"] for t in d["targets"] if ids.get(t[0]) == function)


def join(client, number, data=None, session="s1", **options):
    body = {"fn_index": number, "data": data or [], "session_hash": session}
    return client.post("/gradio_api/queue/join", json=body, **options)


# ---- the file of users and its command ----


def test_password_is_kept_as_a_salted_hash_that_matches_only_itself():
    hashed = hash_password(PASSWORD)
    assert PASSWORD not in hashed
    assert hash_password(PASSWORD) != hashed
    assert password_matches(PASSWORD, hashed)
    assert not password_matches(PASSWORD + " ", hashed)
    assert not any(password_matches(PASSWORD, broken) for broken in ("", "plain", "scrypt$15$8$3$!!$!!", hashed[:-4]))


def test_command_adds_changes_lists_and_removes_users(tmp_path, monkeypatch, capsys):
    path = tmp_path / "deep" / "users.json"
    flags = ["--users", str(path)]
    answers = iter([PASSWORD, PASSWORD, PASSWORD, "something else"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("getpass.getpass", lambda _: next(answers))
    assert users_command([*flags, "add", "李雷", "--role", "editor"]) == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in path.read_text()
    assert users_command([*flags, "add", "李雷"]) == 1
    assert "differ" in capsys.readouterr().err
    assert users_command([*flags, "add", "李雷", "--role", "maintainer", "--no-password"]) == 0
    assert UserBook(path).signed_in("李雷", PASSWORD).role == "maintainer"
    assert users_command([*flags, "list"]) == 0
    assert "李雷\tmaintainer\n" in capsys.readouterr().out
    assert users_command([*flags, "remove", "李雷"]) == 0
    assert users_command([*flags, "remove", "李雷"]) == 1
    assert UserBook(path).signed_in("李雷", PASSWORD) is None


@pytest.mark.parametrize(
    ("name", "password"), [("", PASSWORD), ("a\nb", PASSWORD), ("x" * 65, PASSWORD), ("a", "short")]
)
def test_names_and_passwords_that_cannot_be_are_refused(tmp_path, name, password):
    with pytest.raises(UsageError):
        UserBook(tmp_path / "users.json").put(name, "reader", password)


@pytest.mark.parametrize("words", ["{", "[]", '{"a": {"role": "king"}}', '{"a": 1}'])
def test_a_broken_file_of_users_is_named(tmp_path, words):
    path = tmp_path / "users.json"
    path.write_text(words)
    with pytest.raises(SettingsError, match=re.escape(str(path))):
        UserBook(path).users()


# ---- listening ----


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"host": "0.0.0.0"}, "will not listen on 0.0.0.0 without sign-in"),
        ({"host": "::"}, "will not listen on :: without sign-in"),
        ({"sign_in": "users"}, "nobody in .* has a password: python -m ui.users add"),
        ({"sign_in": "header"}, "needs trusted_proxies"),
    ],
)
def test_page_is_not_opened_to_more_people_than_was_meant(tmp_path, settings, line):
    settings = Settings(users=tmp_path / "none.json", **settings)
    with pytest.raises(SettingsError, match=line):
        check_access(settings, UserBook(settings.users))


@pytest.mark.parametrize(
    "settings", [{}, {"host": "::1"}, {"host": "localhost"}, {"host": "0.0.0.0", "open_to_network": True}]
)
def test_page_opens_on_loopback_or_where_that_is_said_in_so_many_words(settings):
    check_access(Settings(**settings), UserBook(Settings().users))


def test_command_refuses_the_network_in_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    build(tmp_path / "index").close()
    assert entry.main(["--index", "index", "--llm", "extractive", "--host", "0.0.0.0"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("will not listen on 0.0.0.0 without sign-in")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("0.0.0.0", False), ("example.org", False)],
)
def test_loopback_is_known(host, own):
    assert is_loopback(host) is own


# ---- signing in ----


@pytest.mark.parametrize("path", ["/", "/yiju/reader?doc=d-leave.txt", "/yiju/evaluation"])
def test_whoever_is_not_signed_in_is_led_to_the_sign_in_page_and_back(doors, path):
    client = doors()
    answer = client.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/yiju/sign-in?next=%2F")
    form = client.get(answer.headers["location"])
    assert form.status_code == 200
    wanted = re.search(r'name="next" value="([^"]*)"', form.text).group(1)
    assert wanted == path
    done = client.post("/yiju/sign-in", data={"name": "maintainer", "password": PASSWORD, "next": wanted})
    assert (done.status_code, done.headers["location"]) == (303, path)
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a b"]
)
def test_signing_in_leads_nowhere_else(doors, wanted):
    done = doors().post("/yiju/sign-in", data={"name": "reader", "password": PASSWORD, "next": wanted})
    assert done.headers["location"] == "/"


def test_session_cookie_cannot_be_read_by_scripts_or_sent_by_other_sites(doors):
    cookie = doors().post("/yiju/sign-in", data={"name": "reader", "password": PASSWORD}).headers["set-cookie"]
    assert re.search(rf"{COOKIE}=[\w-]{{43}};", cookie)
    assert {"httponly", "samesite=lax", "path=/"} <= {part.strip().lower() for part in cookie.split(";")}
    assert "secure" not in cookie.lower()


def test_signing_out_ends_the_session_wherever_its_cookie_is_kept(doors):
    client = signed_in(doors(), "reader")
    kept = client.cookies[COOKIE]
    assert client.post("/yiju/sign-out").status_code == 303
    assert doors(cookies={COOKIE: kept}).get("/yiju/library").status_code == 401


def test_a_user_taken_out_of_the_file_is_out_at_once(own_doors, users):
    client = signed_in(own_doors(), "editor")
    assert client.get("/yiju/library").status_code == 200
    UserBook(users).remove("editor")
    assert client.get("/yiju/library").status_code == 401


def test_sessions_end_after_their_hours():
    now = [0.0]
    sessions = Sessions(2, clock=lambda: now[0])
    token = sessions.start("anna")
    now[0] = 7199
    assert sessions.name(token) == "anna"
    now[0] = 7200
    assert sessions.name(token) is None
    assert sessions.name("") is None


def test_wrong_names_and_passwords_are_told_alike_and_not_for_long(own_doors):
    client = own_doors()
    lines = {
        re.search(r'role="alert">([^<]+)', client.post("/yiju/sign-in", data={"name": n, "password": p}).text).group(1)
        for n, p in [("reader", "wrong"), ("nobody", PASSWORD), ("proxied", ""), ("", "")]
    }
    assert lines == {"Name or password is not right."}
    tries = [client.post("/yiju/sign-in", data={"name": "reader", "password": "x"}).status_code for _ in range(10)]
    assert tries == [401] * 9 + [429]
    right = client.post("/yiju/sign-in", data={"name": "reader", "password": PASSWORD})
    assert (right.status_code, COOKIE in client.cookies) == (429, False)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"referer": "http://evil.example/"},
        {"sec-fetch-site": "cross-site"},
    ],
)
@pytest.mark.parametrize(
    "path", ["/yiju/sign-in", "/yiju/sign-out", "/gradio_api/queue/join", "/yiju/evaluation/candidates"]
)
def test_forms_of_other_sites_are_refused(doors, path, headers):
    client = signed_in(doors(), "maintainer")
    assert client.post(path, headers=headers).status_code == 403
    assert client.get("/yiju/library").status_code == 200


def test_sign_in_page_has_both_languages_and_escapes_what_was_typed(doors):
    client = doors()
    assert "登录" in client.get("/yiju/sign-in", headers={"accept-language": "zh-CN"}).text
    assert "Sign in" in client.get("/yiju/sign-in?language=en", headers={"accept-language": "zh-CN"}).text
    hostile = '"><script>alert(1)</script>'
    words = client.post("/yiju/sign-in", data={"name": hostile, "password": "x", "next": hostile}).text
    assert "<script>" not in words
    assert "&lt;script&gt;" in words


# ---- roles ----

_ROUTES = [
    ("GET", "/", "reader"),
    ("GET", "/config", "reader"),
    ("GET", "/yiju/library", "reader"),
    ("GET", "/yiju/reader?doc=d-leave.txt", "reader"),
    ("GET", "/yiju/outline?doc=d-leave.txt", "reader"),
    ("GET", "/yiju/page.js", "reader"),
    ("GET", "/gradio_api/info", "reader"),
    ("GET", "/gradio_api/file=/etc/passwd", "reader"),
    ("POST", "/gradio_api/upload", "editor"),
    ("GET", "/yiju/evaluation", "maintainer"),
    ("GET", "/yiju/evaluation/candidates", "maintainer"),
    ("GET", "/yiju/evaluation/run?name=x", "maintainer"),
    ("POST", "/yiju/evaluation/candidates", "maintainer"),
]


@pytest.mark.parametrize(("method", "path", "role"), _ROUTES)
def test_every_address_is_for_its_role_and_those_above(doors, method, path, role):
    assert doors().request(method, path).status_code == 401
    for name in ROLES:
        status = signed_in(doors(), name).request(method, path).status_code
        if ROLES.index(name) < ROLES.index(role):
            assert status == 403, name
        else:
            assert status not in (401, 405), (name, status)
            assert status != 403 or "file=" in path or "candidates" in path, name  # refused by what is behind


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/call/ask", "/gradio_api/api/predict", "/gradio_api/component_server", "/gradio_api/proxy=http://x/",
        "/gradio_api/process_recording", "/gradio_api/vibe-edit", "/gradio_api/file=http://example.org/x", "/monitoring",
        "/login", "/gradio_api/queue/join/", "/gradio_api/deep_link", "/gradio_api/custom_component/a/b/c/d", "/nowhere",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_gradios_other_addresses_are_not_served_to_anyone(doors, method, path):
    assert signed_in(doors(), "maintainer").request(method, path).status_code == 404


@pytest.mark.parametrize(("function", "role"), [("ask", "reader"), ("upload", "editor"), ("remove-go", "editor")])
@pytest.mark.parametrize("path", ["/gradio_api/queue/join", "/gradio_api/run/predict"])
def test_every_gradio_event_is_for_its_role(doors, function, role, path):
    number = event_number(signed_in(doors(), "maintainer"), function)
    session = f"{function}{path}"
    body = {"fn_index": number, "data": [], "session_hash": session}
    assert doors().post(path, json=body).status_code == 401
    for name in ROLES:
        status = signed_in(doors(), name).post(path, json={**body, "session_hash": session + name}).status_code
        assert (status == 403) is (ROLES.index(name) < ROLES.index(role)), (name, status)


def test_every_gradio_event_of_the_page_has_a_role_of_its_module(tmp_path):
    from ui.page import _build_blocks
    from ui.rules import gradio_events

    index = FakeIndex()
    blocks = _build_blocks(FakeBot(settings=Settings(index=tmp_path), index=index), FakeIntake(index))
    found = {number: event.role for number, event in gradio_events(blocks).items()}
    unknown = {blocks.fns[number].fn for number, role in found.items() if role == "maintainer"}
    assert unknown == set()  # else: name the module in ui/rules.py
    assert "editor" in found.values()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"fn_index": "x"}', b'{"fn_index": 9999}', b'{"fn_index": [1]}', b'{"data": []}']
)
def test_events_that_are_none_are_refused(doors, body):
    client = signed_in(doors(), "maintainer")
    assert client.post("/gradio_api/queue/join", content=body).status_code in (400, 404)
    assert client.post("/gradio_api/queue/join", content=b" " * 5_000_000).status_code == 413


def test_a_session_of_the_page_is_its_first_users_alone(doors):
    number = event_number(signed_in(doors(), "maintainer"), "ask")
    assert join(signed_in(doors(), "reader"), number, ["q", [], "", "en", None], session="mine").status_code == 200
    other = signed_in(doors(), "editor")
    assert join(other, number, session="mine").status_code == 403
    assert other.get("/gradio_api/queue/data?session_hash=mine").status_code == 403
    assert other.get("/gradio_api/heartbeat/mine").status_code == 403
    assert (
        other.post("/gradio_api/cancel", json={"session_hash": "mine", "fn_index": 0, "event_id": "e"}).status_code
        == 403
    )


@pytest.mark.parametrize("place", ["http://127.0.0.1:1/secret", "https://example.org/x", "//example.org/x"])
def test_no_event_makes_the_server_fetch_a_file(tmp_path, place):
    client = TestClient(page(tmp_path), base_url=LOCAL)
    file = {"path": place, "meta": {"_type": "gradio.FileData"}}
    answer = join(client, event_number(client, "upload"), [[file], "en"])
    assert (answer.status_code, answer.json()["detail"]) == (400, "A file that lies on another machine is not taken.")


# ---- a reverse proxy ----


def behind(tmp_path, users, peer, **settings):
    options = {"sign_in": "header", "trusted_proxies": "10.0.0.0/24", "users": users, "host": "10.0.0.1", **settings}
    return TestClient(page(tmp_path, **options), base_url="http://10.0.0.1", client=peer, follow_redirects=False)


@pytest.mark.parametrize(
    ("peer", "headers", "role", "status"),
    [
        (PROXY, {"x-remote-user": "proxied"}, "none", 200),
        (PROXY, {"x-remote-user": "stranger"}, "none", 403),
        (PROXY, {"x-remote-user": "stranger"}, "reader", 200),
        (PROXY, {"x-remote-user": ""}, "reader", 403),
        (PROXY, {}, "reader", 403),
        (("10.0.1.9", 4000), {"x-remote-user": "proxied"}, "reader", 403),
        (("127.0.0.1", 4000), {"x-remote-user": "maintainer"}, "reader", 403),
        (("::ffff:10.0.0.9", 4000), {"x-remote-user": "proxied"}, "none", 200),
    ],
)
def test_a_name_is_believed_from_trusted_proxies_alone(tmp_path, users, peer, headers, role, status):
    client = behind(tmp_path, users, peer, sign_in_role=role)
    assert client.get("/yiju/library", headers=headers).status_code == status


def test_a_proxied_name_has_the_role_of_the_file(tmp_path, users):
    client = behind(tmp_path, users, PROXY, sign_in_role="reader")
    asked = {
        name: client.post("/gradio_api/upload", headers={"x-remote-user": name}).status_code
        for name in ("proxied", "stranger")
    }
    assert asked["stranger"] == 403
    assert asked["proxied"] not in (401, 403)
    assert client.get("/yiju/evaluation", headers={"x-remote-user": "proxied"}).status_code == 403
    assert client.get("/yiju/sign-in", headers={"x-remote-user": "proxied"}).status_code == 404


def test_cookie_is_secure_and_bound_to_the_prefix_behind_https(tmp_path, users):
    client = behind(tmp_path, users, PROXY, sign_in="users")
    headers = {"x-forwarded-proto": "https", "x-forwarded-host": "policies.example", "x-forwarded-prefix": "/yiju-app"}
    done = client.post(
        "/yiju/sign-in",
        data={"name": "reader", "password": PASSWORD},
        headers={**headers, "origin": "https://policies.example"},
    )
    assert done.headers["location"] == "/yiju-app/"
    assert {"secure", "path=/yiju-app"} <= {part.strip().lower() for part in done.headers["set-cookie"].split(";")}


def test_what_others_say_of_host_and_prefix_is_not_believed(tmp_path):
    client = TestClient(page(tmp_path), base_url=LOCAL, follow_redirects=False)
    lies = {
        "x-forwarded-host": "evil.example",
        "x-forwarded-prefix": "/evil",
        "x-forwarded-proto": "https",
        "x-gradio-server": "http://evil.example",
    }
    answer = client.get("/", headers=lies)
    assert answer.status_code == 200
    assert "evil" not in answer.text


@pytest.mark.parametrize("path", ["/yiju-app/", "/"])
@pytest.mark.parametrize("settings", [{"root_path": "/yiju-app"}])
def test_page_under_a_path_is_found_with_the_path_and_where_the_proxy_cut_it_off(tmp_path, settings, path):
    client = TestClient(page(tmp_path, **settings), base_url=LOCAL, follow_redirects=False)
    answer = client.get(path)
    assert '"root":"http://127.0.0.1/yiju-app"' in answer.text
    assert client.get(f"{path}yiju/library").status_code == 200
    assert client.get("/yiju-app").headers["location"] == "/yiju-app/"


@pytest.mark.parametrize("value", ["yiju", "/a/", "/a b", "/a//b", "/yiju", "/yiju/x", "/gradio_api"])
def test_paths_that_cannot_be_are_refused(value):
    with pytest.raises(ValueError, match="root_path"):
        Settings(root_path=value)


# ---- names (DNS rebinding) ----


@pytest.mark.parametrize(
    ("host", "settings", "status"),
    [
        ("127.0.0.1:7860", {}, 200),
        ("localhost", {}, 200),
        ("[::1]:7860", {}, 200),
        ("evil.example:7860", {}, 421),
        ("127.0.0.1.evil.example", {}, 421),
        ("policies.example", {"allowed_hosts": "policies.example, other.example"}, 200),
        ("evil.example", {"allowed_hosts": "policies.example", "host": "0.0.0.0", "open_to_network": True}, 421),
        ("anything.example", {"host": "0.0.0.0", "open_to_network": True}, 200),
    ],
)
def test_page_answers_to_its_own_names_alone(tmp_path, host, settings, status):
    answer = TestClient(page(tmp_path, **settings), base_url=LOCAL).get("/yiju/library", headers={"host": host})
    assert answer.status_code == status
    if status == 421:
        assert "allowed_hosts" in answer.text


def test_a_page_of_another_name_cannot_pass_for_a_trusted_proxy_on_this_machine(tmp_path, users):
    client = behind(tmp_path, users, ("127.0.0.1", 9), trusted_proxies="127.0.0.1", host="127.0.0.1")
    lies = {"host": "evil.example:7860", "x-forwarded-host": "127.0.0.1", "x-remote-user": "maintainer"}
    assert client.get("/yiju/library", headers=lies).status_code == 421


# ---- rates ----


def test_questions_and_uploads_are_limited_for_each_person(tmp_path, users):
    application = page(tmp_path, sign_in="users", users=users, questions_per_minute=2, uploads_per_minute=1)
    one, two = (
        signed_in(TestClient(application, base_url=LOCAL, follow_redirects=False), n) for n in ("editor", "maintainer")
    )
    number, other = event_number(two, "ask"), event_number(two, "remove-go")
    data = ["q", [], "", "en", None]
    assert [join(one, number, data).status_code for _ in range(3)] == [200, 200, 429]
    late = join(one, number, data, headers={"accept-language": "zh-CN"})
    assert late.json()["detail"].startswith("问得太快了，请过 ")
    assert 0 < int(late.headers["retry-after"]) <= 60
    assert join(one, other, ["", "en"]).status_code == 200
    assert join(two, number, data, session="s2").status_code == 200
    files = {"files": ("a.txt", b"words")}
    assert [one.post("/gradio_api/upload", files=files).status_code for _ in range(2)] == [200, 429]


def test_a_limit_opens_again_when_its_window_has_passed():
    now = [0.0]
    limit = Limit(2, 60, clock=lambda: now[0])
    assert [limit.take("a"), limit.take("a"), limit.take("b")] == [0, 0, 0]
    now[0] = 45
    assert limit.take("a") == 15
    now[0] = 60
    assert limit.take("a") == 0
    assert [Limit(0).take("a") for _ in range(1000)] == [0] * 1000


def test_a_limit_forgets_keys_it_has_no_room_for():
    limit = Limit(1, 60)
    for n in range(25_000):
        limit.count(str(n))
    assert len(limit._done) <= 10_000


def test_an_upload_that_is_too_large_is_not_kept(tmp_path):
    client = TestClient(page(tmp_path, upload_mb=1), base_url=LOCAL)
    answer = client.post("/gradio_api/upload", files={"files": ("a.txt", b"x" * (1024 * 1024 + 1))})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "need"),
    [
        ("GET", "/", "reader"),
        ("HEAD", "/yiju/evaluation", "maintainer"),
        ("PATCH", "/yiju/x", None),
        ("POST", "/yiju/new", "editor"),
        ("GET", "/gradio_api/upload_progress", "editor"),
        ("GET", "/gradio_api/app_id", "open"),  # a page that waits for the server may be signed out by then
    ],
)
def test_what_is_not_named_is_for_editors_or_nobody(method, path, need):
    assert needed(method, path) == need
