/**
 * Tests the ways out of a sandbox, each tried from a handler: in JavaScript, with the means of
 * Node.js, and in C++, with any system call, as a compromised addon could make it. As root and as
 * an ordinary user.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, readFileSync, statSync } from 'node:fs'
import { createServer, type Server as SocketServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  build,
  project,
  run,
  type Server,
  startServer,
  temporaryDirectory,
  type User,
  users,
} from './support/index.ts'

const inJavaScript = `
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import zlib from 'node:zlib'
import { promisify } from 'node:util'
import { spawnSync } from 'node:child_process'
import { Worker } from 'node:worker_threads'

/** Runs code in a thread to which no flags are handed on. */
const inThread = (code, argument) => new Promise((resolve, reject) => {
  const worker = new Worker(\`const { parentPort, workerData } = require('node:worker_threads')
    try { parentPort.postMessage({ value: (\${code})(workerData) }) } catch (error) { parentPort.postMessage({ code: error.code ?? 'none', message: error.message }) }\`,
    { eval: true, execArgv: [], workerData: argument })
  worker.on('message', ({ value, code, message }) => code ? reject(Object.assign(new Error(message), { code })) : resolve(value)).on('error', reject)
})

const attempts = {
  connect: (file) => new Promise((resolve, reject) => {
    const socket = net.connect(file, () => resolve('connected')).on('error', reject)
    socket.unref()
  }),
  addon: ([from, to]) => {
    if (from !== to) fs.writeFileSync(to, fs.readFileSync(from))
    const module = { exports: {} }
    process.dlopen(module, to)
    return 'loaded'
  },
  temporaryAddon: (from) => attempts.addon([from, path.join(os.tmpdir(), 'addon.node')]),
  threadAddon: (file) => inThread("(file) => { process.dlopen({ exports: {} }, file); return 'loaded' }", file),
  threadRead: (file) => inThread("(file) => require('node:fs').readFileSync(file, 'utf8')", file),
  threadRun: (file) => inThread("(file) => { const { error } = require('node:child_process').spawnSync(file); if (error) throw error; return 'ran' }", file),
  threadChmod: (file) => inThread("(file) => { require('node:fs').chmodSync(file, 0o777); return 'changed' }", file),
  threadSymlink: ([from, to]) => inThread("([from, to]) => { require('node:fs').symlinkSync(from, to); return 'linked' }", [from, to]),
  threadWatch: (file) => inThread("(file) => { require('node:fs').watch(file).close(); return 'watching' }", file),
  threadTimes: (file) => inThread("(file) => { require('node:fs').utimesSync(file, 0, 0); return 'changed' }", file),
  emptyLog: () => fs.ftruncateSync(1),
  overwriteLog: () => fs.writeSync(1, 'overwritten', 0),
  flood: () => { for (let i = 0; i < 3000; ++i) fs.writeSync(1, 'flood '.repeat(100) + i + '\\n') },
  say: (text) => { fs.writeSync(1, text); fs.writeSync(2, text) },
  read: (file) => fs.readFileSync(file, 'utf8'),
  list: (folder) => fs.readdirSync(folder),
  env: (name) => process.env[name] ?? 'none',
  signal: (name) => process.kill(process.ppid, name),
  group: () => process.kill(0, 'SIGTERM'),
  debug: () => process._debugProcess(process.ppid),
  own: () => process.kill(process.pid, 0),
  user: () => (process.getuid() === 0 ? process.seteuid(65534) : process.seteuid(0)),
  priority: () => os.setPriority(process.ppid, 19),
  run: (file) => { const { error } = spawnSync(file); if (error) throw error; return 'ran' },
  capabilities: () => /CapEff:\\s+(\\w+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1],
  work: async (folder) => {
    const file = path.join(folder, 'a')
    fs.writeFileSync(file, 'text')
    fs.copyFileSync(file, file + '2')
    fs.renameSync(file + '2', file + '3')
    fs.mkdirSync(file + 'd', { recursive: true })
    fs.appendFileSync(file + 'd/x', 'more')
    fs.truncateSync(file, 2)
    fs.utimesSync(file, 1, 1)
    fs.rmSync(file + 'd', { recursive: true })
    const inner = net.createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1')
    await new Promise((resolve) => inner.once('listening', resolve))
    const heard = await (async () => { let text = ''; for await (const part of net.connect(inner.address().port, '127.0.0.1').setEncoding('utf8')) text += part; return text })()
    inner.close()
    return [fs.readFileSync(file, 'utf8'), fs.readFileSync(file + '3', 'utf8'), heard, (await promisify(zlib.gzip)('x')).length > 0,
      await inThread('(n) => n + 1', 1), Object.keys(os.networkInterfaces()).length > 0, os.availableParallelism() > 0]
  },
}

export async function POST(request) {
  const { attempt, argument } = await request.json()
  try {
    return Response.json({ value: (await attempts[attempt](argument)) ?? 'done' })
  } catch (error) {
    return Response.json({ code: error.code, message: error.message })
  }
}`

/** Responds with the errno of each attempt, 0 for success. */
const inNative = `#include <millrace/route.hpp>
#include <cerrno>
#include <fcntl.h>
#include <linux/netlink.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <sys/fsuid.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <linux/seccomp.h>
#include <linux/filter.h>
using namespace millrace;

namespace {
json::object tried;
// errno, or 0 where it went well.
void outcome(const char* name, long result) { tried[name] = result < 0 ? errno : 0; }
void opening(const char* name, const std::string& path, int flags, mode_t mode = 0600) {
  const int file = ::open(path.c_str(), flags, mode);
  outcome(name, file);
  if (file >= 0) ::close(file);
}
// A process that was made after all is not to go on as a worker.
void process(const char* name, long made) {
  if (made == 0) ::_exit(0);
  outcome(name, made);
  if (made > 0) ::waitpid(static_cast<pid_t>(made), nullptr, 0);
}
void programs() {
  char* const arguments[] = {const_cast<char*>("/bin/true"), nullptr};
  char* const by_loader[] = {const_cast<char*>("ld.so"), const_cast<char*>("/bin/true"), nullptr};
  outcome("exec", ::execv("/bin/true", arguments));
  outcome("exec by the loader", ::execv("/lib64/ld-linux-x86-64.so.2", by_loader));
  outcome("exec by the loader, aarch64", ::execv("/lib/ld-linux-aarch64.so.1", by_loader));
  outcome("exec of itself", ::execv("/proc/self/exe", arguments));
  const int program = ::open("lib/program", O_RDONLY);
  outcome("exec by descriptor", ::syscall(SYS_execveat, program, "", arguments, nullptr, AT_EMPTY_PATH));
  outcome("memfd_create", ::memfd_create("program", 0));
  // Over the sandbox's own filter, with somebody who lets programs through.
  sock_filter filter[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog installed{1, filter};
  outcome("a filter of its own", ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &installed));
  outcome("a filter of its own by prctl", ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &installed));
  process("fork", ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  process("clone into namespaces", ::syscall(SYS_clone, CLONE_NEWUSER | CLONE_NEWNET | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  struct { unsigned long long flags, rest[10]; } how{CLONE_NEWUSER, {}};
  process("clone3", ::syscall(SYS_clone3, &how, sizeof how));
  outcome("unshare", ::unshare(CLONE_NEWUSER | CLONE_NEWNET));
  outcome("unshare mounts", ::unshare(CLONE_NEWNS));
  outcome("setns", ::setns(0, 0));
  outcome("outliving the server", ::prctl(PR_SET_PDEATHSIG, 0));
  outcome("a session of its own", ::setsid());
  outcome("personality", ::personality(READ_IMPLIES_EXEC));
}
void sockets() {
  outcome("socket with a path", ::socket(AF_UNIX, SOCK_STREAM, 0));
  outcome("datagrams to paths", ::socket(AF_UNIX, SOCK_DGRAM, 0));
  int pair[2];
  outcome("datagrams to paths from a pair", ::socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
  outcome("packet socket", ::socket(AF_PACKET, SOCK_RAW, 0));
  outcome("raw socket", ::socket(AF_INET, SOCK_RAW, 1));
  outcome("vsock", ::socket(AF_VSOCK, SOCK_STREAM, 0));
  outcome("crypto socket", ::socket(AF_ALG, SOCK_SEQPACKET, 0));
  outcome("audit socket", ::socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT));
  outcome("io_uring", ::syscall(SYS_io_uring_setup, 1, nullptr));
}
void files() {
  opening("env file", ".env", O_RDONLY);
  opening("env file of a workspace", "apps/web/.env", O_RDONLY);
  opening("key file", "config/server.key", O_RDONLY);
  opening("private key", "config/tls.pem", O_RDONLY);
  opening("memory dumps of others", ".millrace/snapshots/1.heapsnapshot", O_RDONLY);
  opening("password file", "/etc/passwd", O_RDONLY);
  opening("writing to the project", "lib/data.json", O_WRONLY);
  opening("emptying the project's by reading", "lib/data.json", O_RDONLY | O_TRUNC);
  outcome("truncate", ::truncate("lib/data.json", 0));
  outcome("chmod of the env file", ::chmod(".env", 0666));
  outcome("chmod of a descriptor", ::fchmod(::open("lib/data.json", O_RDONLY), 0666));
  outcome("chmod of data", ::chmod("data/kept.txt", 0777));
  outcome("chown", ::lchown("data/kept.txt", 65534, 65534));
  outcome("times of the env file", ::utimensat(AT_FDCWD, ".env", nullptr, 0));
  outcome("attributes of the env file", ::setxattr(".env", "user.a", "b", 1, 0));
  outcome("attributes of data", ::setxattr("data/kept.txt", "user.a", "b", 1, 0));
  opening("setuid file", "data/setuid", O_CREAT | O_WRONLY, 04755);
  const int mine = ::open("data/plain", O_CREAT | O_RDWR, 0600);
  outcome("chmod to setuid", ::fchmod(mine, 04755));
  outcome("fifo", ::mknod("data/fifo", S_IFIFO | 0600, 0));
  outcome("device", ::mknod("data/device", S_IFCHR | 0600, 0x103));
  outcome("symbolic link", ::symlink("/etc/passwd", "data/link"));
  outcome("hard link", ::link("lib/data.json", "data/hard"));
  outcome("moving out of the project", ::rename("lib/data.json", "data/moved"));
  ::ftruncate(mine, 1);
  outcome("code from data", ::mmap(nullptr, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, mine, 0) == MAP_FAILED ? -1 : 0);
  void* const plain = ::mmap(nullptr, 1, PROT_READ, MAP_PRIVATE, mine, 0);
  outcome("code from data, later", ::mprotect(plain, 1, PROT_READ | PROT_EXEC));
  const int project = ::open("lib/data.json", O_RDONLY);
  outcome("lease", ::fcntl(project, F_SETLEASE, F_RDLCK));
  outcome("watching", ::inotify_init1(0));
  file_handle* const handle = static_cast<file_handle*>(::calloc(1, 256));
  int mount = 0;
  outcome("name_to_handle_at", ::name_to_handle_at(AT_FDCWD, ".env", handle, &mount, 0));
  outcome("open_by_handle_at", ::open_by_handle_at(AT_FDCWD, handle, O_RDONLY));
  outcome("mount", ::mount("none", "data", "tmpfs", 0, nullptr));
  outcome("remount", ::mount("none", "/", "", MS_REMOUNT | MS_BIND, nullptr));
  struct mount_attr writable {};
  writable.attr_clr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC;
  outcome("mount_setattr", ::mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &writable, sizeof writable));
  outcome("open_tree", ::open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE));
  outcome("fsopen", ::fsopen("tmpfs", 0));
  outcome("umount", ::umount2("data", MNT_DETACH));
  outcome("chroot", ::chroot("data"));
  outcome("pivot_root", ::syscall(SYS_pivot_root, ".", "."));
  outcome("emptying the log", ::ftruncate(1, 0));
  outcome("seeking in the log", ::lseek(1, 0, SEEK_SET));
}
void others() {
  const pid_t server = ::getppid();
  const std::string proc = "/proc/" + std::to_string(server);
  outcome("signal", ::kill(server, 0));
  outcome("signal to a thread", ::syscall(SYS_tgkill, server, server, 0));
  outcome("signal to a thread, old", ::syscall(SYS_tkill, server, 0));
  outcome("signal to the group", ::kill(0, 0));
  outcome("signal to all", ::kill(-1, 0));
  siginfo_t info{};
  info.si_code = SI_QUEUE;
  outcome("signal with a value", ::syscall(SYS_rt_sigqueueinfo, server, 0, &info));
  outcome("pidfd_open", ::syscall(SYS_pidfd_open, server, 0));
  outcome("pidfd_getfd", ::syscall(SYS_pidfd_getfd, 3, 0, 0));
  outcome("owner of a descriptor", ::fcntl(3, F_SETOWN, server));
  outcome("signal of a descriptor", ::fcntl(3, F_SETSIG, SIGKILL));
  outcome("ptrace", ::ptrace(PTRACE_ATTACH, server, nullptr, nullptr));
  char byte = 0;
  iovec here{&byte, 1};
  iovec there{&byte, 1};
  outcome("process_vm_readv", ::process_vm_readv(server, &here, 1, &there, 1, 0));
  opening("memory", proc + "/mem", O_RDONLY);
  opening("environment", proc + "/environ", O_RDONLY);
  opening("root of another", proc + "/root/etc/passwd", O_RDONLY);
  opening("descriptors of another", proc + "/fd", O_RDONLY | O_DIRECTORY);
  opening("own memory as a file", "/proc/self/mem", O_RDWR);
  outcome("priority", ::setpriority(PRIO_PROCESS, server, 19));
  outcome("priority of all that the user runs", ::setpriority(PRIO_USER, 0, ::getpriority(PRIO_USER, 0)));
  rlimit limit{1, 1};
  outcome("limits", ::syscall(SYS_prlimit64, server, RLIMIT_NOFILE, nullptr, &limit));
  cpu_set_t processors;
  CPU_ZERO(&processors);
  CPU_SET(0, &processors);
  outcome("processors", ::sched_setaffinity(server, sizeof processors, &processors));
  outcome("shared memory", ::shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600));
  outcome("message queue", ::msgget(IPC_PRIVATE, IPC_CREAT | 0600));
  outcome("message queue, POSIX", ::syscall(SYS_mq_open, "a", O_CREAT | O_RDWR, 0600, nullptr));
  outcome("keys", ::syscall(SYS_keyctl, 0, -3, 1));
  outcome("adding keys", ::syscall(SYS_add_key, "user", "a", "b", 1, -3));
  outcome("bpf", ::syscall(SYS_bpf, 0, nullptr, 0));
  outcome("perf", ::syscall(SYS_perf_event_open, nullptr, 0, 0, 0, 0));
  outcome("userfaultfd", ::syscall(SYS_userfaultfd, 1));
  outcome("user", ::syscall(SYS_setuid, 0));
  outcome("groups", ::syscall(SYS_setgroups, 0, nullptr));
}
}  // namespace

Response GET(const Request& request) {
  tried = {};
  programs();
  sockets();
  files();
  others();
  return Response::json(tried);
}
`

const files = {
  'package.json': '{ "name": "doors", "private": true }',
  'app/api/try/route.js': inJavaScript,
  'app/api/native/route.cpp': inNative,
  'lib/data.json': '{ "a": 1 }',
  '.env': 'FROM_FILE=secret\nNEXT_PUBLIC_SHOWN=shown\n',
  'apps/web/.env': 'OF_WORKSPACE=secret',
  'apps/web/lib/data.json': '{ "b": 2 }',
  'apps/web/package.json': '{}',
  'config/server.key': 'secret',
  'config/tls.pem': '-----BEGIN PRIVATE KEY-----',
  'config/ca.pem': '-----BEGIN CERTIFICATE-----',
  '.millrace/snapshots/1.heapsnapshot': 'secret',
  'data/kept.txt': 'kept',
  'millrace.toml': `[pools.default]
max = 1
node_flags = ["--allow-fs-write=*", "--allow-child-process"]
sandbox = { data = ["data"] }
`,
} as const

interface Outcome {
  readonly value?: unknown
  readonly code?: string
  readonly message?: string
}

const addonSource = 'void *napi_register_module_v1(void *env, void *exports) { return exports; }'

/**
 * Whether the kernel can sandbox; otherwise there is nothing to try, and sandbox.test.ts has
 * checked that the server refuses.
 */
async function canSandbox(user: User): Promise<boolean> {
  const trial = project({
    files: {
      'package.json': '{}',
      'app/api/a/route.js': 'export const GET = () => new Response()',
      'millrace.toml': '[pools.default]\nsandbox = true\n',
    },
  })
  await build(trial)
  user.own(trial)
  try {
    await using started = await startServer({
      command: 'start',
      directory: trial,
      prefix: user.prefix,
      binary: user.binary,
    })
    return started.port > 0
  } catch (error) {
    if (/sandbox: expected/.test(String(error))) return false
    throw error
  }
}

for (const user of users()) {
  if (await canSandbox(user)) describe(`for ${user.name}`, () => doorsOf(user))
}

function doorsOf(user: User): void {
  let server: Server
  let directory: string
  let other: Server
  let otherDirectory: string
  let listener: SocketServer
  let abstract: SocketServer
  const folder = temporaryDirectory()
  const environment = {
    NEXT_SERVER_ACTIONS_ENCRYPTION_KEY: 'secret',
    __NEXT_PRIVATE_KEY: 'secret',
    MILLRACE_TOKEN: 'secret',
    NODE_OPTIONS: '--no-deprecation',
  }

  async function attempt(name: string, argument?: unknown, at = server.url): Promise<Outcome> {
    const response = await fetch(`${at}/api/try`, {
      method: 'POST',
      body: JSON.stringify({ attempt: name, argument }),
    })
    assert.equal(response.status, 200)
    return (await response.json()) as Outcome
  }
  async function denied(name: string, argument: unknown, codes: RegExp): Promise<void> {
    const outcome = await attempt(name, argument)
    assert.equal(
      outcome.value,
      undefined,
      `${name} ${JSON.stringify(argument)}: ${JSON.stringify(outcome)}`,
    )
    assert.match(outcome.code ?? '', codes, outcome.message)
  }

  before(async () => {
    const source = join(folder, 'addon.c')
    otherDirectory = project({
      files: {
        'package.json': '{}',
        'app/api/a/route.js': 'export const GET = () => Response.json(1)',
      },
    })
    directory = project({ files })
    execFileSync('sh', [
      '-c',
      'printf "%s" "$0" > "$1" && cc -shared -fPIC -o "$2" "$1"',
      addonSource,
      source,
      join(directory, 'lib/addon.node'),
    ])
    copyFileSync('/bin/true', join(directory, 'lib/program'))
    await build(otherDirectory)
    await build(directory)
    listener = createServer((socket) => socket.end()).listen(join(folder, 'database.sock'))
    abstract = createServer((socket) => socket.end()).listen(
      `\0millrace-test-${process.pid}-${user.prefix.length}`,
    )
    for (const owned of [directory, otherDirectory, folder]) user.own(owned)
    other = await startServer({
      command: 'start',
      directory: otherDirectory,
      prefix: user.prefix,
      binary: user.binary,
    })
    server = await startServer({
      command: 'start',
      directory,
      prefix: user.prefix,
      binary: user.binary,
      env: environment,
    })
  })
  after(async () => {
    listener?.close()
    abstract?.close()
    await server?.stop()
    await other?.stop()
  })

  test('sockets with a path or an abstract name are denied', async () => {
    await denied('connect', join(otherDirectory, `.millrace/control-${other.port}.sock`), /EPERM/)
    await denied('connect', join(directory, `.millrace/control-${server.port}.sock`), /EPERM/)
    await denied('connect', join(folder, 'database.sock'), /EPERM/)
    await denied('connect', `\0millrace-test-${process.pid}-${user.prefix.length}`, /EPERM/)
  })

  test('addons outside of the project are denied', async () => {
    const addon = join(directory, 'lib/addon.node')
    assert.equal((await attempt('addon', [addon, addon])).value, 'loaded')
    for (const name of ['addon', 'temporaryAddon', 'threadAddon'] as const) {
      const written = join(directory, 'data/addon.node')
      const outcome = await attempt(
        name,
        { addon: [addon, written], temporaryAddon: addon, threadAddon: written }[name],
      )
      assert.match(
        outcome.message ?? '',
        /failed to map segment/,
        `${name}: ${JSON.stringify(outcome)}`,
      )
    }
  })

  test('programs are denied, and threads without flags do not weaken the permissions', async () => {
    await denied('run', '/bin/true', /EPERM/)
    await denied('run', join(directory, 'lib/program'), /EPERM/)
    await denied('threadRun', '/bin/true', /EPERM/)
    await denied('threadRead', '/etc/passwd', /EACCES/)
    await denied('threadChmod', join(directory, 'data/kept.txt'), /EPERM/)
    await denied('threadTimes', join(directory, '.env'), /EROFS/)
    await denied('threadSymlink', ['/etc/passwd', join(directory, 'data/link')], /EACCES/)
    await denied('threadWatch', '/', /EPERM/)
  })

  test('secrets are denied wherever they are, and files beside them allowed', async () => {
    for (const path of [
      'apps/web/.env',
      'config/server.key',
      'config/tls.pem',
      '.millrace/snapshots/1.heapsnapshot',
    ]) {
      await denied('read', join(directory, path), /EACCES/)
    }
    assert.equal(
      (await attempt('read', join(directory, 'apps/web/lib/data.json'))).value,
      '{ "b": 2 }',
    )
    assert.equal((await attempt('read', join(directory, 'apps/web/package.json'))).value, '{}')
    assert.match(
      String((await attempt('read', join(directory, 'config/ca.pem'))).value),
      /CERTIFICATE/,
    )
    for (const name of Object.keys(environment))
      assert.equal((await attempt('env', name)).value, 'none', name)
    assert.equal((await attempt('env', 'NEXT_PUBLIC_SHOWN')).value, 'shown')
  })

  test('effects on other processes are denied', async () => {
    for (const name of ['SIGTERM', 'SIGUSR1', 'SIGSTOP']) await denied('signal', name, /EPERM/)
    await denied('group', undefined, /EPERM/)
    assert.match((await attempt('debug')).message ?? '', /EPERM|not permitted/i)
    await denied('user', undefined, /EPERM/)
    await denied('priority', undefined, /ERR_SYSTEM_ERROR/)
    assert.equal((await attempt('own')).value, true)
    assert.match(
      String((await attempt('capabilities')).value),
      user.name === 'root' ? /^0{15}2$/ : /^0+$/,
    )
  })

  test('a log can only be appended to', { timeout: 60_000 }, async () => {
    // A file, as the log of a service is: the other tests here read a pipe.
    const log = join(folder, 'server.log')
    const logged = spawn('sh', [
      '-c',
      'exec "$@" >"$0" 2>&1',
      log,
      ...user.prefix,
      user.binary,
      'start',
      directory,
      '-p',
      '0',
      '--workers',
      '1',
    ])
    try {
      const written = async (pattern: RegExp): Promise<RegExpMatchArray> => {
        for (;;) {
          const match = existsSync(log) ? readFileSync(log, 'utf8').match(pattern) : null
          if (match) return match
          await new Promise((resolve) => setTimeout(resolve, 10))
        }
      }
      const [, port] = await written(/localhost:(\d+)[\s\S]*ready in/)
      const before = readFileSync(log, 'utf8')
      const ask = (name: string, argument?: unknown): Promise<Outcome> =>
        attempt(name, argument, `http://127.0.0.1:${port}`)
      assert.equal((await ask('emptyLog')).code, 'EINVAL')
      await ask('overwriteLog')
      await ask('say', 'a line without an end')
      await ask('flood')
      await written(/flood 2999\n/)
      assert.ok(readFileSync(log, 'utf8').startsWith(before))
      assert.match(readFileSync(log, 'utf8'), /a line without an end/)
    } finally {
      logged.kill('SIGTERM')
      await once(logged, 'exit')
    }
  })

  test('what routes need is allowed', async () => {
    assert.deepEqual(
      (await attempt('work', join(directory, 'data'))).value,
      ['te', 'text', 'hello', true, 2, true, true],
      JSON.stringify(await attempt('work', join(directory, 'data'))),
    )
  })

  test('all other system calls are denied', { timeout: 60_000 }, async () => {
    const response = await fetch(`${server.url}/api/native`)
    assert.equal(response.status, 200)
    const outcomes = Object.entries((await response.json()) as Record<string, number>)
    assert.ok(outcomes.length > 90, String(outcomes.length))
    assert.deepEqual(
      outcomes.filter(([, error]) => error === 0),
      [],
    )
    assert.equal(readFileSync(join(directory, 'lib/data.json'), 'utf8'), '{ "a": 1 }')
    assert.equal(statSync(join(directory, 'data/kept.txt')).mode & 0o7777, 0o644)
    for (const name of ['fifo', 'device', 'setuid', 'link', 'hard'])
      assert.ok(!existsSync(join(directory, 'data', name)), name)
  })
}

if (process.getuid!() === 0) {
  test('without a mount namespace nothing is served, and the reason is reported', {
    timeout: 60_000,
  }, async () => {
    const refused = project({
      files: {
        'package.json': '{}',
        'app/api/a/route.js': 'export const GET = () => new Response()',
        'millrace.toml': '[pools.default]\nsandbox = true\n',
      },
    })
    await build(refused)
    // A user namespace in which no other can be created.
    const prefix = [
      'unshare',
      '--user',
      '--map-root-user',
      'sh',
      '-c',
      'echo 0 > /proc/sys/user/max_user_namespaces; echo 0 > /proc/sys/user/max_mnt_namespaces; exec "$@"',
      'sh',
    ]
    const { code, stderr } = await run(['start', refused, '-p', '0'], { prefix })
    assert.equal(code, 1, stderr)
    assert.match(stderr, /sandbox: expected permission to create a mount namespace .*, found "/)
  })
}
