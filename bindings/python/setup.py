"""Compiles the C sources of `native/` into one shared object that ctypes loads: it uses nothing of Python's."""

import glob

from setuptools import Distribution, Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext


class SharedObject(build_ext):
    """Without the interpreter's tag in the name, and without its headers."""

    def get_ext_filename(self, name):
        return name.replace(".", "/") + ".so"

    def build_extension(self, extension):
        self.compiler.include_dirs = []
        super().build_extension(extension)


class AnyPython(bdist_wheel):
    """A wheel for one platform and every Python 3."""

    def get_tag(self):
        _, _, platform = super().get_tag()
        return "py3", "none", platform


class Compiled(Distribution):
    def has_ext_modules(self):
        return True


setup(
    distclass=Compiled,
    cmdclass={"build_ext": SharedObject, "bdist_wheel": AnyPython},
    ext_modules=[
        Extension(
            "stowage._stowage",
            sources=sorted(glob.glob("native/*.c")),
            include_dirs=["native"],
            depends=sorted(glob.glob("native/*.h") + glob.glob("native/*.inc")),
            extra_compile_args=["-O2", "-g0", "-fvisibility=hidden", "-std=gnu11", "-pthread", "-fexceptions"],
            extra_link_args=["-pthread", "-ldl", "-lm", "-s"],
        )
    ],
)
