/**
 * A seccomp filter (seccomp(2), linux/filter.h) that bubblewrap lays over a plugin's process, beneath Node's permission
 * model: no new processes, no sockets, and none of the parts of the kernel that sandboxes are left through. Threads are
 * allowed, as node does not start without. RLIMIT_NPROC would not do: the kernel counts it per user, over all plugins.
 */

const LOAD_WORD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_ANY_BIT = 0x45;
const RETURN = 0x06;

const ALLOW = 0x7fff0000;
const KILL_PROCESS = 0x80000000;
const FAIL_WITH = 0x00050000;
const EPERM = 1;
const ENOSYS = 38;

/** Offsets in `struct seccomp_data`. */
const NUMBER = 0;
const ARCHITECTURE = 4;
const FIRST_ARGUMENT = 16;

/** Set in the numbers of a second set of calls on x86-64. */
const X32_BIT = 0x40000000;
const CLONE_THREAD = 0x00010000;
/** Its flags are behind a pointer, which a filter cannot follow; without it the C library uses clone. */
const CLONE3 = 435;

interface System {
  /** AUDIT_ARCH_* in linux/audit.h. */
  architecture: number;
  clone: number;
  denied: readonly number[];
}

/**
 * Denied, by their numbers: fork, vfork, socket, ptrace, process_vm_readv, process_vm_writev, unshare, setns, mount, umount2,
 * pivot_root, open_by_handle_at, bpf, perf_event_open, userfaultfd, add_key, request_key, keyctl, io_uring_setup,
 * pidfd_open, pidfd_getfd.
 */
const SYSTEMS: Partial<Record<NodeJS.Architecture, System>> = {
  x64: {
    architecture: 0xc000003e,
    clone: 56,
    denied: [
      57, 58, 41, 101, 310, 311, 272, 308, 165, 166, 155, 304, 321, 298, 323, 248, 249, 250, 425, 434, 438,
    ],
  },
  // Has neither fork nor vfork.
  arm64: {
    architecture: 0xc00000b7,
    clone: 220,
    denied: [198, 117, 270, 271, 97, 268, 40, 39, 41, 265, 280, 241, 282, 217, 218, 219, 425, 434, 438],
  },
};

function instruction(code: number, value: number, [ifTrue, ifFalse] = [0, 0]): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code);
  bytes.writeUInt8(ifTrue, 2);
  bytes.writeUInt8(ifFalse, 3);
  bytes.writeUInt32LE(value, 4);
  return bytes;
}

const fail = (error: number) => instruction(RETURN, FAIL_WITH | error);

/** The filter as bytes, or null for a processor whose numbers are not known here. */
export function syscallFilter(architecture: NodeJS.Architecture): Buffer | null {
  const system = SYSTEMS[architecture];
  if (!system) return null;
  return Buffer.concat([
    instruction(LOAD_WORD, ARCHITECTURE),
    instruction(JUMP_IF_EQUAL, system.architecture, [1, 0]),
    instruction(RETURN, KILL_PROCESS),
    instruction(LOAD_WORD, NUMBER),
    ...(architecture === "x64" ? [instruction(JUMP_IF_ANY_BIT, X32_BIT, [0, 1]), fail(ENOSYS)] : []),
    instruction(JUMP_IF_EQUAL, CLONE3, [0, 1]),
    fail(ENOSYS),
    ...system.denied.flatMap((number) => [instruction(JUMP_IF_EQUAL, number, [0, 1]), fail(EPERM)]),
    instruction(JUMP_IF_EQUAL, system.clone, [1, 0]),
    instruction(RETURN, ALLOW),
    instruction(LOAD_WORD, FIRST_ARGUMENT),
    instruction(JUMP_IF_ANY_BIT, CLONE_THREAD, [0, 1]),
    instruction(RETURN, ALLOW),
    fail(EPERM),
  ]);
}
