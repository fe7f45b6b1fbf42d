/*
 * Runs programs of user level on a processor, and says what they left; those of 32-bit code where it is compiled as such.
 *
 *   programs PROGRAMS RESULTS
 *
 * Both files are arrays of the structures below, little-endian. A program is entered by a return from a signal handler. What
 * faults in it is passed over, on to the next place of those that it names; it ends at a breakpoint instruction, at a fault that
 * nothing follows, or at one too many.
 */
#include "processor.h"

enum { CODE_BYTES = 0x4000, CONTROL = PLACE + 0x8000 };
enum { MOST_FAULTS = 100, MOST_PLACES = 2048, SECONDS = 20 };

struct program {
  uint64_t r[16];
  uint64_t flags;
  uint32_t entry;  /* in the code, as are the places */
  uint32_t places; /* in ascending order */
  uint64_t fuel;
  uint8_t fpu[FPU_BYTES]; /* as FXSAVE's */
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
  uint8_t fpu[FPU_BYTES];
  uint8_t code[CODE_BYTES];
  uint8_t arena[ARENA_BYTES];
};

static struct program program;
static struct result result;
static FILE *programs, *results;
static int started;

static void fail(const char *why) {
  fprintf(stderr, "programs: %s\n", why);
  _exit(1);
}

static void finish(ucontext_t *context, uint64_t ip) {
  read_registers(context, result.r, &result.flags);
  result.ip = ip;
  memcpy(&result.fuel, (void *)CONTROL, sizeof result.fuel);
  read_fpu(context, result.fpu);
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
  write_registers(context, program.r, program.flags, PLACE + program.entry);
  write_fpu(context, program.fpu);
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
  map_place();
  /* Random bytes are no program: they would load the host's selectors, and call its kernel. */
  if (mprotect((void *)ARENA, ARENA_BYTES, PROT_READ | PROT_WRITE) != 0) fail("cannot protect the data");
  take_signals(on_signal);
  struct sigaction ring = {.sa_handler = on_alarm, .sa_flags = SA_ONSTACK};
  sigaction(SIGALRM, &ring, 0);
  raise(SIGTRAP);
  return 1;
}
