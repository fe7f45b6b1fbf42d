/** Version of the recording's file format; a changed format gets the next number. */
export const LOG_FORMAT = 1;

/** Version of the keyframes kept beside a recording; a cache of another version is thrown away. */
export const CACHE_FORMAT = 7;

/**
 * Version of what the guest can see: instructions, devices, timing. A change that makes an old recording replay
 * differently gets the next number. It stands in every MachineConfiguration, so that a machine can be made as it was.
 */
export const SEMANTICS = 5;

/** The oldest one that is still made, and replayed: what 5 added to the board, a machine of 4 does not have. */
export const OLDEST_SEMANTICS = 4;
