/**
 * Creates a project in C++ in a folder of its own, with a small SDK instead of the real one, so
 * that a test of the build only takes as long as the compiler needs for a few lines.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { buildNative } from '../../src/native/native_builder.ts'
import {
  defaultSettings,
  type NativeBuild,
  type NativeSettings,
  type NativeUnit,
} from '../../src/native/types.ts'

/**
 * Loads an object, calls it if it can be called, and prints the description of a route of `app`.
 */
const worker = `#include <dlfcn.h>
#include <cstdio>
int main(int, char** arguments) {
  void* object = dlopen(arguments[2], RTLD_NOW);
  if (!object) return std::printf("{\\"error\\":\\"%s\\"}", dlerror()), 1;
  auto value = reinterpret_cast<int (*)()>(dlsym(object, "value"));
  std::printf("{\\"methods\\":[\\"GET\\"],\\"options\\":{\\"value\\":%d}}", value ? value() : 0);
}
`

export class NativeProject {
  readonly root: string
  readonly #share: string
  #builds = 0

  /** The project and its store are removed when the test is over. */
  constructor(test: TestContext, files: Record<string, string>) {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-native-')))
    this.root = join(folder, 'project')
    this.#share = join(folder, 'share')
    const before = process.env['MILLRACE_CACHE_DIR']
    process.env['MILLRACE_CACHE_DIR'] = join(folder, 'store')
    this.#makeShare()
    this.write(files)
    test.after(() => {
      if (before === undefined) delete process.env['MILLRACE_CACHE_DIR']
      else process.env['MILLRACE_CACHE_DIR'] = before
      rmSync(folder, { recursive: true, force: true })
    })
  }

  #makeShare(): void {
    const file = (name: string, text: string): string => {
      const path = join(this.#share, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
      return path
    }
    file('sdk/include/millrace/route.hpp', '#pragma once\n#include <string>\n')
    file(
      'sdk/include/millrace/detail/export_route.hpp',
      'namespace millrace_behind { inline int used; }\n',
    )
    const library = file('sdk/lib/sdk.cpp', '')
    const loader = file('native/worker.cpp', worker)
    const compile = (parameters: string[]): void => {
      const { status, stderr } = spawnSync('c++', parameters, { encoding: 'utf8' })
      if (status !== 0) throw new Error(stderr)
    }
    compile(['-shared', '-fPIC', '-o', join(this.#share, 'sdk/lib/libmillrace_sdk.so'), library])
    compile(['-o', join(this.#share, 'native/millrace-native-worker'), loader, '-ldl'])
  }

  write(files: Record<string, string>): void {
    for (const [name, content] of Object.entries(files)) {
      const path = join(this.root, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, content)
    }
  }

  /** Creates a compiler that is a shell script; returns its path. */
  script(text: string): string {
    const path = join(this.#share, 'scripted-c++')
    writeFileSync(path, `#!/bin/sh\n${text}\n`)
    chmodSync(path, 0o755)
    return path
  }

  /** Creates a compiler that writes a line to the file `calls` on each call. */
  counting(): { readonly compiler: string; readonly calls: string } {
    const calls = join(this.#share, 'calls')
    writeFileSync(calls, '')
    return { compiler: this.script(`echo "$*" >>${calls}\nexec c++ "$@"`), calls }
  }

  /** Builds the routes in `files`, in development mode. */
  async build(files: string[], settings: Partial<NativeSettings> = {}): Promise<NativeBuild> {
    const units = files.map(
      (file): NativeUnit => ({ file, path: `/${dirname(file)}`, kind: 'app' }),
    )
    const outdir = join(this.root, '.millrace/dev', String(++this.#builds))
    return await buildNative({
      root: this.root,
      mode: 'development',
      outdir,
      settings: { ...defaultSettings, ...settings },
      units,
      share: this.#share,
    })
  }

  /** Builds one route and returns the result of its function `value`. */
  async value(file: string, settings: Partial<NativeSettings> = {}): Promise<unknown> {
    const { units, problems } = await this.build([file], settings)
    if (problems.length > 0) throw new Error(problems.join('\n'))
    return units.get(file)?.description?.options['value']
  }
}
