/** Reads the whole public record of a room, page by page, as anybody can. */

/** @typedef {import("../room/state.js").RoomEvent} RoomEvent */

/**
 * Rejects where a page does not come, so that no half of a record passes for the whole.
 * @param {string} address of the feed
 * @param {(address: string) => Promise<{ok: boolean, json: () => Promise<any>}>} ask
 * @returns {Promise<RoomEvent[]>}
 */
export async function readRecord(address, ask) {
  /** @type {RoomEvent[]} */
  const events = [];
  for (;;) {
    const response = await ask(`${address}?after=${events.at(-1)?.seq ?? 0}`);
    if (!response.ok) {
      throw new Error("a page of the record did not come");
    }
    const page = await response.json();
    events.push(...page.events);
    if (!page.more || page.events.length === 0) {
      return events;
    }
  }
}
