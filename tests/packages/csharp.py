#!/usr/bin/env python3
"""The C# side of `make dist`: programs compiled against the unpacked packages alone, and run by Mono with no environment."""

import glob
import os
import shutil
import xml.etree.ElementTree
import zipfile

from support import ANSWER, MINILM, QUERY, ROOT, alone, run_all, say

DIST = os.path.join(ROOT, "target", "dist")
MCS = ["mcs", "-langversion:6", "-warn:4", "-warnaserror"]
STUBS = os.path.join(ROOT, "bindings", "csharp", "tests", "UnityStubs")


def packed(pattern):
    found = glob.glob(os.path.join(DIST, pattern))
    assert len(found) == 1, f"{pattern} in target/dist: {found}"
    return found[0]


def nuget_package_is_used(scratch):
    with zipfile.ZipFile(packed("*.nupkg")) as archive:
        archive.extractall(scratch)
    library = os.path.join(scratch, "lib", "netstandard2.0")
    assert sorted(os.listdir(library)) == ["Glyxel.dll", "Glyxel.xml"], os.listdir(library)
    members = xml.etree.ElementTree.parse(os.path.join(library, "Glyxel.xml")).iter("member")
    assert "M:Glyxel.Model.Load(System.String,Glyxel.LoadOptions,Glyxel.Control)" in {member.get("name") for member in members}
    # As NuGet lays it out beside a program: the assembly with its native libraries.
    program = os.path.join(scratch, "program")
    shutil.copytree(os.path.join(scratch, "runtimes", "linux-x64", "native"), program)
    shutil.copy(os.path.join(library, "Glyxel.dll"), program)
    said = compiled_and_run(program)
    assert ANSWER in said, said


def compiled_and_run(folder):
    source, program = os.path.join(ROOT, "examples", "csharp", "search.cs"), os.path.join(folder, "search.exe")
    say([*MCS, f"-out:{program}", f"-r:{folder}/Glyxel.dll", source])
    return alone([shutil.which("mono"), program, MINILM, QUERY], folder)


def nuget_manifest_names_what_is_there(scratch):
    with zipfile.ZipFile(packed("*.nupkg")) as archive:
        names = archive.namelist()
        manifest = xml.etree.ElementTree.fromstring(archive.read("Glyxel.nuspec"))
    metadata = {field.tag.split("}")[1]: field.text for field in manifest[0]}
    assert metadata["id"] == "Glyxel" and os.path.basename(packed("*.nupkg")) == f"Glyxel.{metadata['version']}.nupkg", metadata
    assert metadata["readme"] in names, names
    assert not [name for name in names if name.endswith((".exe", ".pdb", ".mdb"))], names


def unity_package_compiles(scratch):
    """Its sources, the wrapper's among them, as Unity would: into one assembly, the editor's into another, the sample against both."""
    say(["tar", "xzf", packed("*.tgz"), "-C", scratch])
    package = os.path.join(scratch, "package")
    build(scratch, "UnityStubs.dll", glob.glob(f"{STUBS}/*.cs"), [])
    runtime = glob.glob(f"{package}/Runtime/**/*.cs", recursive=True)
    assert len(runtime) > 30, runtime
    build(scratch, "Glyxel.dll", runtime, ["UnityStubs"], "-define:UNITY_EDITOR")
    build(scratch, "Glyxel.Editor.dll", glob.glob(f"{package}/Editor/*.cs"), ["UnityStubs", "Glyxel"])
    build(scratch, "FindObject.dll", glob.glob(f"{package}/Samples~/FindObject/*.cs"), ["UnityStubs", "Glyxel"])
    # A program against that assembly, with the package's plugins beside it.
    plugins = os.path.join(package, "Plugins", "Linux", "x86_64")
    for name in ("Glyxel.dll", "UnityStubs.dll"):
        shutil.copy(os.path.join(scratch, name), plugins)
    said = compiled_and_run(plugins)
    assert ANSWER in said, said


def build(scratch, name, sources, references, *options):
    assert sources, name
    say([*MCS, "-unsafe", "-target:library", *options, f"-out:{scratch}/{name}", *(f"-r:{scratch}/{one}.dll" for one in references), *sources])


def the_same_source_makes_the_same_assembly(scratch):
    assembly = os.path.join(ROOT, "target", "csharp", "Glyxel.dll")
    before = shutil.copy(assembly, scratch)
    say(["make", "-o", "target/release/libglyxel.so", "-W", "bindings/csharp/src/Model.cs", "target/csharp/Glyxel.dll"])
    with open(before, "rb") as first, open(assembly, "rb") as second:
        assert first.read() == second.read()


if __name__ == "__main__":
    run_all([nuget_package_is_used, nuget_manifest_names_what_is_there, unity_package_compiles, the_same_source_makes_the_same_assembly])
