// After the Back button browsers show a page as it was, out of memory or out of their cache (HTML standard, section
// 7.4.6.1). Where everything that its banner asks has been answered since, the banner goes; nothing else changes.
(here => addEventListener("pageshow", async event => {
  const banner = document.querySelector(".sp-banner")
  const [visit] = performance.getEntriesByType("navigation")
  if (!banner || !(event.persisted || visit?.type === "back_forward")) return
  const reply = await fetch(new URL("undecided", here), { cache: "no-store" }).catch(() => null)
  if (!reply?.ok) return
  const { undecided } = await reply.json()
  const asked = [...banner.querySelectorAll("input[name=asked]")]
  if (!asked.some(field => undecided.includes(field.value))) banner.remove()
}))(document.currentScript.src)
