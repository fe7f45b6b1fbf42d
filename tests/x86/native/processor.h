/*
 * What both programs do with a processor: the place that code and data lie at, registers in a signal's frame, and the signals
 * that enter code and leave it.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ucontext.h>
#include <unistd.h>

enum { PLACE = 0x20000000, ARENA = PLACE + 0x10000, ARENA_BYTES = 0x4000, FPU_BYTES = 512 };

#ifdef __x86_64__
enum { REGISTERS = 16, IP = REG_RIP };
static const int order[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                            REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
#else
enum { REGISTERS = 8, IP = REG_EIP };
static const int order[] = {REG_EAX, REG_ECX, REG_EDX, REG_EBX, REG_ESP, REG_EBP, REG_ESI, REG_EDI};
#endif

static void fail(const char *why);

/* As FXSAVE's; in 32-bit code nothing. */
static void read_fpu(const ucontext_t *context, uint8_t *to) {
#ifdef __x86_64__
  memcpy(to, context->uc_mcontext.fpregs, FPU_BYTES);
#else
  (void)context, (void)to;
#endif
}

static void write_fpu(ucontext_t *context, const uint8_t *from) {
#ifdef __x86_64__
  uint8_t *fpu = (uint8_t *)context->uc_mcontext.fpregs;
  memcpy(fpu, from, 416);
  /* XSTATE_BV: x87's and SSE's state stand there, where an extended frame does. */
  uint32_t magic;
  memcpy(&magic, fpu + 464, 4);
  if (magic == 0x46505853) fpu[FPU_BYTES] |= 3;
#else
  (void)context, (void)from;
#endif
}

static void read_registers(const ucontext_t *context, uint64_t *r, uint64_t *flags) {
  const greg_t *g = context->uc_mcontext.gregs;
  for (int n = 0; n < REGISTERS; n++) r[n] = (unsigned long)g[order[n]];
  *flags = (uint32_t)g[REG_EFL];
}

static void write_registers(ucontext_t *context, const uint64_t *r, uint64_t flags, uint64_t ip) {
  greg_t *g = context->uc_mcontext.gregs;
  for (int n = 0; n < REGISTERS; n++) g[order[n]] = r[n];
  g[REG_EFL] = flags;
  g[IP] = ip;
}

static void map_place(void) {
  int protection = PROT_READ | PROT_WRITE | PROT_EXEC;
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
  void *place = mmap((void *)PLACE, ARENA - PLACE + ARENA_BYTES, protection, flags, -1, 0);
  if (place != (void *)PLACE) fail("the place for code is taken");
}

/* Whatever ends an instruction, on a stack of its own. */
static void take_signals(void (*handler)(int, siginfo_t *, void *)) {
  stack_t stack = {.ss_sp = malloc(1 << 20), .ss_size = 1 << 20};
  sigaltstack(&stack, 0);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  int all[] = {SIGTRAP, SIGSEGV, SIGILL, SIGFPE, SIGBUS};
  for (unsigned n = 0; n < sizeof all / sizeof *all; n++) sigaction(all[n], &action, 0);
}
