# SPDX-License-Identifier: GPL-2.0-only
# How Sphinx makes a book of this folder. scripts/build-docs calls it and names, in
# KERNEL_DOC, the kernel's script that reads kernel-doc comments, in SOURCE_TOP where
# their files are.
import os
import subprocess

from docutils import nodes
from docutils.parsers.rst import Directive, directives
from docutils.statemachine import StringList

project = "virtio-vfio-pci"
highlight_language = "none"
html_theme = "alabaster"
html_theme_options = {"page_width": "75em", "sidebar_width": "16em"}
html_show_copyright = False
html_copy_source = False


class KernelDoc(Directive):
    """``.. kernel-doc:: FILE``: what the comments of FILE, from the project's top, say.

    With ``:export: SOURCE...`` that is what these sources export and nothing else."""

    required_arguments = 1
    option_spec = {"export": directives.unchanged}

    def run(self):
        top, script = os.environ["SOURCE_TOP"], os.environ["KERNEL_DOC"]
        path = os.path.join(top, self.arguments[0])
        command = ["perl", script, "-rst", "-Werror", "-sphinx-version", "3.0.0"]
        if "export" in self.options:
            command.append("-export")
            for source in self.options["export"].split():
                command += ["-export-file", os.path.join(top, source)]
        self.state.document.settings.env.note_dependency(path)
        result = subprocess.run(command + [path], capture_output=True, text=True)
        if result.returncode != 0:
            raise self.error(result.stderr.replace(top + "/", ""))
        lines = result.stdout.replace(top + "/", "").splitlines()
        section = nodes.section()
        section.document = self.state.document
        self.state.nested_parse(StringList(lines, self.arguments[0]), 0, section, match_titles=1)
        return section.children


def setup(app):
    app.add_directive("kernel-doc", KernelDoc)
    return {"parallel_read_safe": True}
