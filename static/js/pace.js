/** How often a page looks whether something has changed. */

export const LONGEST = 60;
const SLOWER = 1.5;

/**
 * The pause before the next look, in seconds: the shortest while things happen, else half as long
 * again each time, a minute at most.
 * @param {number} before
 * @param {number} shortest
 * @param {boolean} hasChanged
 */
export function pause(before, shortest, hasChanged) {
  return hasChanged ? shortest : Math.min(before * SLOWER, Math.max(LONGEST, shortest));
}
