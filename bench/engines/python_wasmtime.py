"""Runs a WASI command with wasmtime's Python package: `python3 bench/engines/python_wasmtime.py FILE`."""

import sys

from wasmtime import Engine, Linker, Module, Store, WasiConfig

engine = Engine()
store = Store(engine)
config = WasiConfig()
config.inherit_stdout()
store.set_wasi(config)
linker = Linker(engine)
linker.define_wasi()
instance = linker.instantiate(store, Module.from_file(engine, sys.argv[1]))
instance.exports(store)["_start"](store)
