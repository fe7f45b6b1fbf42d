/*
 * Runs programs of user level on a processor, and says what they left; those of 32-bit code where it is compiled as such.
 *
 *   programs PROGRAMS RESULTS
 *
 * Both files are arrays of the structures below, little-endian. A program is entered by a return from a signal handler. What
 * faults in it is passed over, on to the next place of those that it names; it ends at a breakpoint instruction, at a fault that
 * nothing follows, or at one too many.
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

enum { PLACE = 0x20000000, CODE_BYTES = 0x4000, CONTROL = PLACE + 0x8000, ARENA = PLACE + 0x10000, ARENA_BYTES = 0x4000 };
enum { MOST_FAULTS = 100, MOST_PLACES = 2048, SECONDS = 20 };

struct program {
  uint64_t r[16];
  uint64_t flags;
  uint32_t entry;  /* in the code, as are the places */
  uint32_t places; /* in ascending order */
  uint64_t fuel;
  uint8_t fpu[512]; /* as FXSAVE's */
  uint16_t place[MOST_PLACES];
  uint8_t code[CODE_BYTES];
  uint8_t arena[ARENA_BYTES];
};

struct result {
  uint64_t r[16];
  uint64_t flags;
  uint64_t ip;
  uint32_t faults;
  uint32_t where; /* all places of faults, mixed */
  uint64_t fuel;
  uint8_t fpu[512];
  uint8_t code[CODE_BYTES];
  uint8_t arena[ARENA_BYTES];
};

#ifdef __x86_64__
enum { REGISTERS = 16, IP = REG_RIP };
static const int order[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                            REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
#else
enum { REGISTERS = 8, IP = REG_EIP };
static const int order[] = {REG_EAX, REG_ECX, REG_EDX, REG_EBX, REG_ESP, REG_EBP, REG_ESI, REG_EDI};
#endif
static struct program program;
static struct result result;
static FILE *programs, *results;
static int started;

static void fail(const char *why) {
  fprintf(stderr, "programs: %s\n", why);
  _exit(1);
}

static void finish(ucontext_t *context, uint64_t ip) {
  greg_t *g = context->uc_mcontext.gregs;
  for (int n = 0; n < REGISTERS; n++) result.r[n] = (unsigned long)g[order[n]];
  result.flags = (uint32_t)g[REG_EFL];
  result.ip = ip;
  memcpy(&result.fuel, (void *)CONTROL, sizeof result.fuel);
#ifdef __x86_64__
  memcpy(result.fpu, context->uc_mcontext.fpregs, 512);
#endif
  memcpy(result.code, (void *)PLACE, CODE_BYTES);
  memcpy(result.arena, (void *)ARENA, ARENA_BYTES);
  if (fwrite(&result, sizeof result, 1, results) != 1) fail("cannot write");
}

static void next(ucontext_t *context) {
  if (fread(&program, sizeof program, 1, programs) != 1) {
    if (fclose(results) != 0) fail("cannot write");
    _exit(0);
  }
  memset(&result, 0, sizeof result);
  memcpy((void *)PLACE, program.code, CODE_BYTES);
  memcpy((void *)ARENA, program.arena, ARENA_BYTES);
  memcpy((void *)CONTROL, &program.fuel, sizeof program.fuel);
  greg_t *g = context->uc_mcontext.gregs;
  for (int n = 0; n < REGISTERS; n++) g[order[n]] = program.r[n];
  g[REG_EFL] = program.flags;
  g[IP] = PLACE + program.entry;
#ifdef __x86_64__
  uint8_t *fpu = (uint8_t *)context->uc_mcontext.fpregs;
  memcpy(fpu, program.fpu, 416);
  /* XSTATE_BV: x87's and SSE's state stand there, where an extended frame does. */
  uint32_t magic;
  memcpy(&magic, fpu + 464, 4);
  if (magic == 0x46505853) fpu[512] |= 3;
#endif
  alarm(SECONDS);
}

/* The first place behind a faulting instruction; 0: none. */
static uint32_t place_behind(uint64_t ip) {
  if (ip < PLACE || ip >= PLACE + CODE_BYTES) return 0;
  for (uint32_t n = 0; n < program.places; n++)
    if (PLACE + program.place[n] > ip) return program.place[n];
  return 0;
}

static void on_signal(int signal, siginfo_t *info, void *raw) {
  (void)info;
  ucontext_t *context = raw;
  /* Emulators of user level leave DF as it was. */
  __asm__ volatile("cld");
  if (started) {
    greg_t *g = context->uc_mcontext.gregs;
    uint64_t ip = (unsigned long)g[IP] - (signal == SIGTRAP ? 1 : 0);
    uint32_t place = signal == SIGTRAP || result.faults == MOST_FAULTS ? 0 : place_behind(ip);
    if (place) {
      result.faults++;
      result.where = result.where * 31 + (uint32_t)ip;
      g[IP] = PLACE + place;
      return;
    }
    finish(context, ip);
  }
  started = 1;
  next(context);
}

static void on_alarm(int signal) {
  (void)signal;
  fail("a program does not end");
}

int main(int count, char **names) {
  if (count != 3) fail("usage: programs PROGRAMS RESULTS");
  programs = fopen(names[1], "rb");
  results = fopen(names[2], "wb");
  if (!programs || !results) fail("cannot open a file");
  int protection = PROT_READ | PROT_WRITE | PROT_EXEC;
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
  void *place = mmap((void *)PLACE, 0x10000 + ARENA_BYTES, protection, flags, -1, 0);
  if (place != (void *)PLACE) fail("the place for programs is taken");
  /* Random bytes are no program: they would load the host's selectors, and call its kernel. */
  if (mprotect((void *)ARENA, ARENA_BYTES, PROT_READ | PROT_WRITE) != 0) fail("cannot protect the data");
  stack_t stack = {.ss_sp = malloc(1 << 20), .ss_size = 1 << 20};
  sigaltstack(&stack, 0);
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  int all[] = {SIGTRAP, SIGSEGV, SIGILL, SIGFPE, SIGBUS};
  for (unsigned n = 0; n < sizeof all / sizeof *all; n++) sigaction(all[n], &action, 0);
  struct sigaction ring = {.sa_handler = on_alarm, .sa_flags = SA_ONSTACK};
  sigaction(SIGALRM, &ring, 0);
  raise(SIGTRAP);
  return 1;
}
