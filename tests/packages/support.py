"""What the tests of installations and archives share: programs are built against a folder alone, and run with no environment."""

import os
import shutil
import subprocess
import sys
import tempfile
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIBTORCH = os.path.join(ROOT, "target", "libtorch", "lib")
PHOTO = os.path.join(ROOT, "target", "data", "cats", "n02123045_281_tabby_cat.jpg")
# Bundles: without an environment there is no folder for converted checkpoints.
BUNDLES = os.path.join(ROOT, "target", "packages")
MINILM = os.path.join(BUNDLES, "minilm.pt")
LITE0 = os.path.join(BUNDLES, "lite0.pt")
QUERY = "When can I get to the island?"
ANSWER = "The ferry to the island leaves at half past seven."


def run_all(tests):
    """Runs each with an empty folder of its own, and says how it went as scripts/suite has it."""
    failed = False
    for test in tests:
        # Not in /tmp, which may be small or forbid programs.
        os.makedirs(BUNDLES, exist_ok=True)
        scratch = tempfile.mkdtemp(dir=BUNDLES)
        try:
            test(scratch)
            word = "ok"
        except Exception:
            traceback.print_exc(file=sys.stdout)
            word, failed = "FAILED", True
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        print(f"test {test.__name__} ... {word}", flush=True)
    sys.exit(failed)


def say(command, cwd=ROOT, env=None):
    """What a command says, which must end well."""
    ended = subprocess.run(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
    assert ended.returncode == 0, f"{' '.join(command)} ended with {ended.returncode}: {ended.stdout}{ended.stderr}"
    return ended.stdout


def alone(command, cwd):
    """The same, with no environment variable set at all."""
    return say(["env", "-i", *command], cwd=cwd)


def compile_with_pkg_config(prefix, source, program):
    cxx = source.endswith(".cpp")
    environment = {**os.environ, "PKG_CONFIG_PATH": os.path.join(prefix, "lib", "pkgconfig")}
    flags = say(["pkg-config", "--cflags", "--libs", "glyxel"], env=environment).split()
    assert not any(ROOT in flag and not os.path.realpath(flag.lstrip("-LI")).startswith(os.path.realpath(prefix)) for flag in flags if flag[:2] in ("-L", "-I")), flags
    compiler = [os.environ.get("CXX", "g++"), "-std=c++17"] if cxx else [os.environ.get("CC", "cc"), "-std=c99"]
    say([*compiler, source, "-o", program, *flags], cwd=os.path.dirname(program))


def link_libtorch(prefix):
    """As docs/deployment.md says it for an installation without libtorch."""
    folder = os.path.join(prefix, "lib", "glyxel")
    os.makedirs(folder, exist_ok=True)
    say(["sh", "-c", f'ln -s "{LIBTORCH}"/*.so* "{folder}"'])


def examples_run(folder, prefix, scratch, every=False):
    """Builds examples of a folder, every one or two, against an installation, and runs those two with no environment."""
    programs = {}
    for language in ("c", "cpp"):
        for file in sorted(os.listdir(os.path.join(folder, language))):
            name = file.split(".")[0]
            if every or name in ("search", "classify"):
                programs[language, name] = os.path.join(scratch, f"{language}-{name}")
                compile_with_pkg_config(prefix, os.path.join(folder, language, file), programs[language, name])
    assert len(programs) > (20 if every else 3), programs
    for language in ("c", "cpp"):
        assert ANSWER in alone([programs[language, "search"], MINILM, QUERY], scratch)
        assert "tabby cat" in alone([programs[language, "classify"], LITE0, PHOTO], scratch)
