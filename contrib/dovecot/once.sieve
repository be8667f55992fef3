# No mail arrives twice: see 90-asterism-once.conf. Run "sievec" on this file after every change.
#
# The topmost Received field is Dovecot's own. The one below is the MTA's, with its queue's ID and the time: the same whenever it
# tries this mail again, and no other mail's. Seven days are longer than a mail stays in the queue.
require ["duplicate", "envelope", "index", "variables"];

if header :index 2 :matches "Received" "*" {
  set "received" "${1}";
  if envelope :matches "to" "*" {
    if duplicate :seconds 604800 :uniqueid "${received} ${1}" {
      discard;
      stop;
    }
  }
}
