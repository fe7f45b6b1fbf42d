/** Numbers of the timer registers in `ArmTimer.read` and `write`: CTL, CVAL, TVAL of each timer. */
export const TimerRegister = {
  CNTP_CTL: 0,
  CNTP_CVAL: 1,
  CNTP_TVAL: 2,
  CNTV_CTL: 3,
  CNTV_CVAL: 4,
  CNTV_TVAL: 5,
} as const;
export type TimerRegister = (typeof TimerRegister)[keyof typeof TimerRegister];

/** CNTFRQ_EL0 says 62.5 MHz, so that a tick is a whole number of nanoseconds. */
export const NS_PER_TICK = 16;

/** Bits of CNTx_CTL. */
export const CTL_ENABLE = 1;
export const CTL_IMASK = 2;
export const CTL_ISTATUS = 4;
