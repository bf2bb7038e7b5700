/** What each backend says of itself. */
export async function* check(subject) {
  for (const { id, kind, available, reason, libraries, device } of subject.reports()) {
    if (available) yield { state: "seen", what: `${id} (${kind})`, figure: `on, ${device}, ${libraries}` };
    else yield { state: "skipped", what: `${id} (${kind})`, figure: reason };
  }
}
