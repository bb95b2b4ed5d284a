# What people read. Every fault says what happened; why, if that can be known (.why); and what to do (.remedy).
# Short, present tense, no blame. Terms of art only where the owner of a router or a server must read them.

## Faults

fault-dns-failed = The server's name { $server } can't be found.
    .why = Either it is misspelt, or there is no internet here at the moment.
    .remedy = Check the spelling and the Wi-Fi or cable, or use the server's address in numbers.

fault-net-unreachable = There is no way to { $server } from here.
    .why = This computer has no network, or the network does not lead there.
    .remedy = Check the cable or the Wi-Fi, then the server's address.

fault-captive-portal = The network you are on wants you to sign in first.
    .why = Until then it lets nothing through to { $server }. Hotels, trains and airports do that.
    .remedy = Sign in on its page with a web browser, then connect again. Where Culvert keeps the network closed, this opens the way to that page: culvert portal
    .window = Sign in on its page with a web browser, then connect again.

fault-ipv6-server = { $server } has only an IPv6 address.
    .why = PPTP runs over IPv4 alone.
    .remedy = Ask the server's owner for its IPv4 address.

fault-other-vpn = Another VPN is up on this computer.
    .why = One of the two would run through the other, which is slow, and leaves open what protects what.
    .remedy = End the other one and connect again. If one is to run through the other, connect with --no-guard --through-other-vpn.
    .window = End the other one and connect again.

fault-tcp-timeout = { $server } does not answer.
    .why = The server is off, or something on the way drops the connection{ $port ->
            [unknown] {""}
           *[other] {" "}(TCP port { $port })
        }.
    .remedy = Check the address, or try a phone hotspot. Where the hotspot works, ask the network's owner to let PPTP through (TCP port 1723 and GRE).

fault-tcp-refused = A machine answers at { $server }, but no VPN service runs there{ $port ->
        [unknown] {""}
       *[other] {" "}(TCP port { $port })
    }.
    .why = The address belongs to another machine, or the service is stopped.
    .remedy = Check the address, or ask the server's owner whether the service runs.

fault-not-pptp = What answers at { $server }{ $port ->
        [unknown] {""}
       *[other] {" "}(TCP port { $port })
    } does not speak PPTP.
    .why = The address or the port belongs to another service, or to another kind of VPN.
    .remedy = Check the address and the port, and ask which kind of VPN the server offers.

fault-control-timeout = { $server } takes the connection but then stays silent.
    .why = The VPN service there hangs, or something on the way swallows its answers.
    .remedy = Try again in a minute. If it stays so, tell the server's owner.

fault-control-lost = The connection to { $server } broke off.
    .why = The line was interrupted, or the server gave up.
    .remedy = Try again. If it happens often, try another network.

fault-not-authorised = { $server } does not take connections from this address.
    .why = The server has a list of networks it serves, and this one is not on it.
    .remedy = Try from another network, or ask the server's owner to allow this one.

fault-version-mismatch = { $server } speaks another version of PPTP.
    .remedy = Check the address. Only the server's owner can change this.

fault-session-still-open = The server still holds your last session.
    .remedy = Wait a minute, then try again.

fault-busy = All lines of the server are in use.
    .remedy = Try again in some minutes, or ask how many people it can serve.

fault-call-refused = The server refuses the call.
    .why = A rule of the server forbids it.
    .remedy = Ask the server's owner.

fault-call-failed = The server could not place the call.
    .why = It has trouble of its own.
    .remedy = Try again in a minute. If it stays so, tell the server's owner.

fault-gre-blocked = { $direction ->
        [out] { $server } answers, but your data packets do not reach it.
       *[in] { $server } answers, but its data packets do not come back.
    }
    .why = Something between you and the server blocks the kind of traffic that PPTP needs (GRE, IP protocol 47), or another PPTP connection is open behind the same router.
    .remedy = Try a phone hotspot, or switch on PPTP pass-through in the router. Some mobile networks never pass GRE: then only another kind of VPN will work.

fault-closed-before-gre = { $server } answered, and hung up before a data packet came.
    .why = Often a router on the way does not know PPTP and rejects the server's packets (GRE, IP protocol 47). It can also be the server itself that fails to start the connection.
    .remedy = Try a phone hotspot, or switch on PPTP pass-through in the router. If it is the same everywhere, tell the server's owner.

fault-ppp-timeout = The server went silent while the connection was being set up.
    .why = It is overloaded, or its data packets get through in one direction only.
    .remedy = Try again, then try another network.

fault-closed-early = The server hung up without giving a reason.
    .why = Often a firewall or router on the way stops the data (GRE), or the server asks for other security settings.
    .remedy = Try another network, and end other VPN connections. Then ask the server's owner which settings it wants.

fault-peer-closed = The server ended the connection.
    .why = It may allow one session for each person, or a time limit was reached.
    .remedy = Connect again. If it stays so, ask whether another session of yours is open.

fault-administrator-closed = The administrator of the server ended the connection.
    .remedy = Ask before you connect again.

fault-server-shutdown = The server is shutting down.
    .remedy = Try again in some minutes.

fault-auth-rejected = The server did not accept the user name or password.
    .why = Often it is Caps Lock, or a name that must be written DOMAIN\user.
    .remedy = Check both, then try again. After a few wrong tries many servers lock the account: then ask its administrator.

fault-auth-hours = Your account may not connect at this time of day.
    .remedy = Try later, or ask the administrator.

fault-auth-disabled = Your account is switched off.
    .remedy = Ask the administrator.

fault-auth-expired = Your password is out of date.
    .remedy = Change it at the office or on the company's page, then use the new one here.

fault-auth-no-vpn-right = Your account is right, but it may not use the VPN.
    .remedy = Ask the administrator to allow VPN access (dial-in) for the account.

fault-auth-change-failed = The server did not take the new password.
    .why = It has rules for length and kind.
    .remedy = Choose another one by those rules.

fault-auth-expired-account = Your account has ended.
    .remedy = Ask the administrator.

fault-auth-timeout = The server said nothing after the login.
    .why = What checks the passwords there does not answer.
    .remedy = Try again in a minute. If it stays so, tell the administrator.

fault-server-not-authentic = The server could not prove that it knows your password.
    .why = It is the wrong server, or somebody stands between you and the right one.
    .remedy = Do not try again here. Check the server's address, and tell its administrator.

fault-auth-method-refused = You and the server allow no login method in common.
    .why = The server asks for one that is weaker than what you allow, or that Culvert does not have.
    .remedy = Ask the administrator to allow MS-CHAPv2. As a last resort allow the server's method with --auth.
    .window = Ask the administrator to allow MS-CHAPv2. As a last resort let this connection use the server's method.

fault-eap-required = The server wants a login method that Culvert does not have (EAP).
    .remedy = Ask the administrator to allow MS-CHAPv2.

fault-policy-refused = A rule of the server refuses this login.
    .why = Rules look at groups, login methods and times.
    .remedy = Ask the administrator, and mention MS-CHAPv2.

fault-ppp-no-agreement = You and the server could not agree on settings.
    .why = The server keeps on asking for others.
    .remedy = Leave out special settings. Then ask the server's owner what it requires.

fault-lcp-terminated = The server ended the connection while it was being set up.
    .why = Nearly always it wants another login method or other encryption.
    .remedy = Ask the server's owner which login method and which encryption it wants.

fault-loopback = This computer is talking to itself.
    .why = The server's address leads back here or to the router.
    .remedy = Check the server's address.

fault-ppp-garbled = Packets arrive damaged.
    .why = The line is bad, or packets are too large for it.
    .remedy = Try a cable instead of Wi-Fi, or a smaller packet size with --mtu 1300.
    .window = Try a cable instead of Wi-Fi, or a smaller packet size for this connection.

fault-mppe-mismatch = The server's encryption is not the one you require.
    .why = It offers shorter keys, or the older way of changing them.
    .remedy = Best: ask the server's owner for 128-bit encryption. As a last resort allow less with --encryption required, or --stateful.
    .window = Best: ask the server's owner for 128-bit encryption. As a last resort let this connection do with less.

fault-mppe-not-offered = The server offers no encryption, and you require it.
    .remedy = Best: ask the server's owner to switch on 128-bit encryption. With --encryption none everybody on the way could read your traffic.
    .window = Best: ask the server's owner to switch on 128-bit encryption. Without it everybody on the way could read your traffic.

fault-mppe-required-by-peer = The server requires encryption, and you have switched it off.
    .remedy = Leave out --encryption none.
    .window = Switch encryption on for this connection.

fault-mppe-keys-differ = What the server sends can't be decrypted.
    .why = The two sides came to different keys: the server has a fault, or something on the way changes packets.
    .remedy = Try again. If it stays so, tell the server's owner.

fault-ipcp-failed = You and the server could not agree on an address.
    .why = Its stock of addresses may be empty.
    .remedy = Try again later, or tell the server's owner.

fault-ipcp-rejected = The server has no internet protocol to offer inside the connection.
    .remedy = Tell the server's owner.

fault-ncp-terminated = The server ended the connection when it came to addresses.
    .why = Its stock of addresses may be empty, or the account is limited.
    .remedy = Ask the server's owner.

fault-no-address = The server gave no address.
    .why = Its stock of addresses may be empty.
    .remedy = Try again later, or tell the server's owner.

fault-bad-address = The server gave an address that can't be used.
    .remedy = Tell the server's owner.

fault-link-lost = The server stopped answering.
    .why = The line was interrupted, or the server is down.
    .remedy = Connect again.

fault-idle-timeout = The server ended the connection because nothing was sent for a while.
    .remedy = Connect again when you need it.

fault-helper-restarted = Culvert's network service was started anew in the middle of a connection.
    .why = It has kept the network closed, and does not know the password any more.
    .remedy = Connect again. If it happens often, see the service's log.

fault-local-permission = Culvert's network service lacks the right to do this.
    .remedy = Start it as root, or with the capabilities CAP_NET_ADMIN and CAP_NET_RAW.
    .window = Have the administrator of this computer start it as it was installed.

fault-local-device = This computer could not make the tunnel.
    .remedy = Restart Culvert's network service. If it stays so, see its log.

fault-guard-leaks = Something can leave this computer past the connection, although that is forbidden.
    .why = Another program may have changed the packet filter of this computer, or its kernel does not obey it.
    .remedy = Culvert tries to close it. If this stays, end the connection, and what else works on the firewall, before you send anything that matters.
fault-local-network = This computer could not set up its network for the connection.
    .why = Another VPN or firewall may be in the way.
    .remedy = End other VPN connections and try again. If it stays so, see the log of Culvert's network service.

like-windows = (like Windows error { $number })
server-says = The server says: “{ $text }”
system-says = The system says: { $text }
methods-asked = The server asks for: { $methods }
rejected = { $from } rejects the packets{ $reason ->
        [protocol] : nothing there takes them
        [prohibited] : a rule there forbids them
        [unreachable] : it knows no way for them
       *[other] {""}
    } (ICMP type { $kind }, code { $code }).
sign-in-page = The page is: { $page }
name-server = The name server { $address } { $said ->
        [no-such-name] says that there is no such name
        [no-address] knows the name, but no address for it
        [failed] could not find out
        [nonsense] gives answers that make no sense
        [unreachable] can't be reached
       *[nothing] does not answer
    }.
no-name-server = This computer knows no name server that may be asked.

## Stages

stage-looking-up-name = Looking up the name
stage-reaching-server = Reaching the server
stage-opening-control-connection = Opening the control connection
stage-placing-call = Placing the call
stage-waiting-for-gre = Waiting for data packets
stage-agreeing-on-link = Agreeing on the link
stage-checking-password = Checking the password
stage-starting-encryption = Starting encryption
stage-getting-address = Getting an address
stage-setting-up-network = Setting up the network

## Connecting

connected = Connected to { $name }.
connected-after = Connected to { $name } after { $time }.
connecting = Connecting to { $name }: { $stage }
status-asks = It waits for a password, where it was asked to connect. What an administrator set up (culvert managed) gets it with: culvert connect --managed NAME
disconnecting = Disconnecting from { $name } …
blocked-locked = { $name } is not connected, and nothing leaves this computer.
    .remedy = Connect again; lockdown keeps the internet closed without a tunnel.
reconnecting = Reconnecting to { $name } (try { $attempt }) …
blocked = { $name } is not connected, and nothing leaves this computer.
    .remedy = Connect again, or use the internet without the VPN: culvert disconnect
blocked-part = { $name } is not connected, and what belongs to its network does not leave this computer. Everything else goes its usual way.
    .remedy = Connect again, or give up on it: culvert disconnect
lockdown = Lockdown is on: nothing leaves this computer but through a tunnel.
    .remedy = An administrator can end that with: culvert lockdown off
lockdown-demanded = Lockdown is on: nothing leaves this computer but through a tunnel. An administrator's file in /etc/culvert/managed.d wants it so.
lockdown-assumed = Lockdown is on, to be safe: Culvert's notes on this computer are damaged, and they may have said so. Nothing leaves but through a tunnel.
    .remedy = An administrator can end that with: culvert lockdown off
lockdown-on = Lockdown is on: from now on nothing leaves this computer but through a tunnel.
lockdown-off = Lockdown is off.
portal-open = The way to the network's sign-in page is open for { $left ->
        [one] one minute
       *[other] { $left } minutes
    }, and to nothing else. Open it in a web browser: { $page }
portal-looking = Looking whether the network wants you to sign in …
portal-none = The network shows no sign-in page.
    .remedy = If web pages do not open either, ask whose network it is.
portal-not-closed = Culvert keeps nothing closed: open any web page, and the network shows where to sign in.
portal-busy = There is a connection, or one is being made: nothing is opened beside it.
    .remedy = End it first with: culvert disconnect
reset-done = Everything of Culvert's is gone: the network is as it was before.
reset-not-kept = The network is open again, but the disk would not take that lockdown is off: after a restart Culvert would close the network again.
    .remedy = Free or repair the disk, then run this command once more.
reset-by-hand = Culvert's network service did not do it.
    .remedy = Give the network back by hand with: sudo { $program } --reset
detail-guard = Guard
guard-owned = on
guard-watched = on; put back at once where another program removes it
guard-off = off; traffic goes past the tunnel when it is down
detail-routes = Routes
routes-in-place = in place
detail-names = Names by
names-as-usual = who looks them up without the tunnel
names-not-split = Names behind the tunnel are not looked up there: where only some networks go through it, that takes systemd-resolved or NetworkManager.
    .remedy = Reach what is behind it by its address in numbers, or connect without --route.
    .window = Reach what is behind it by its address in numbers, or let everything go through this connection.
not-connected = Not connected.
disconnected = Disconnected from { $name }.
cancelled = Cancelled.
low-protection = Low protection: PPTP hides your traffic from people nearby, not from anyone determined. Not for banking or secrets by itself.
password-prompt = Password for { $user } at { $server }:
password-again = Try again, but know that accounts often lock after a few wrong tries.

detail-address = Address
detail-server = Server
detail-encryption = Encryption
detail-login = Login
detail-name-servers = Name servers
detail-traffic = Traffic
detail-up = Up for
span-short = less than a minute
span-minutes = { $minutes } min
span-hours = { $hours } h { $minutes } min
span-days = { $days } d { $hours } h
no-internet = { $name } does not pass on internet traffic.
no-internet-remedy = To use it for the network behind it alone, connect with --classful, or with --route and the networks that are meant.
mppe = MPPE, { $bits } bit
mppe-stateful = MPPE, { $bits } bit, stateful
not-encrypted = none: everybody on the way can read it
traffic = { $received } received, { $sent } sent

## Warnings

warning-encryption-none = Warning: without encryption everybody on the way can read and change your traffic.
    .cost = Everybody on the way can read and change your traffic.
warning-encryption-preferred = Warning: if the server has no encryption, everybody on the way can read and change your traffic.
    .cost = Where it has none, everybody on the way can read and change your traffic.
warning-encryption-required = Warning: encryption with short keys is allowed. 40 bits are broken in no time.
    .cost = Keys of 40 bits are broken in no time.
warning-stateful = Warning: stateful encryption is allowed. It is weaker, and it suffers from every lost packet.
    .cost = Weaker, and it suffers from every lost packet.
warning-no-guard = Warning: whenever the connection is lost, your traffic goes past it, readable on the way.
    .cost = Without this, your traffic goes past a connection that was lost, readable on the way.
warning-ipv6 = Warning: what uses IPv6 goes past the connection.
    .cost = Your own network sees what uses it.
warning-lan = Warning: the local network stays open: its devices and this computer can reach each other.
    .cost = Whoever else is in that network reaches this computer.
warning-dns = Warning: the names that you look up go past the connection. Your own network can see which sites you visit.
    .cost = Your own network can see which sites you visit.
warning-pap = Warning: PAP gives your password in clear to whoever answers.
    .cost = Gives your password in clear to whoever answers.
warning-chap-md5 = Warning: with CHAP the server proves nothing, and there is no encryption.
    .cost = The server proves nothing, and there is no encryption.
warning-ms-chap-v1 = Warning: with MS-CHAPv1 the server proves nothing, and your password can be worked out from what is sent.
    .cost = The server proves nothing, and your password can be worked out from what is sent.

## What can't be asked

no-password = A password is needed. Call this from a terminal, or give it with --password-stdin.
no-password-line = No password came in on standard input.
password-line-unusable = What came in on standard input is no password: it takes one line of 1 to 1024 bytes of UTF-8.
helper-not-running = Culvert's network service is not running.
    .remedy = Start it in another terminal with: sudo { $program }. If the internet does not work since it stopped, that may be its guard: to give the network back, sudo { $program } --reset
helper-not-allowed = Culvert's network service serves only root and the user who started it.
    .remedy = Try the same with sudo.
    .window = Ask the administrator of this computer.
helper-untrusted = { $path } can't be trusted to lead to Culvert's network service: { $why }.
    .remedy = Nothing was sent. Tell the administrator of this computer.
helper-impostor = What listens at { $socket } is not Culvert's network service: it belongs to another user.
    .remedy = Nothing was sent to it. Tell the administrator of this computer.
helper-other-version = Culvert's network service is of another version than this program.
    .remedy = Restart the service, or update both.
helper-lost = Culvert's network service hung up.
    .remedy = See its log, and start it again.
helper-ending = Culvert's network service is shutting down.
    .remedy = Try again once it runs.
other-vpn = It is { $name }.
vpn-wireguard = WireGuard
vpn-openvpn = OpenVPN
vpn-tun = OpenVPN or something like it
vpn-ppp = PPTP, L2TP or SSTP
vpn-ipsec = IPsec
vpn-plain = a tunnel without encryption
managed-none = No administrator has installed a profile on this computer.
managed-unusable = This can't be used: { $why }
managed-at-boot = { $id }: { $name }, { $user } at { $server }; connected from the start of the computer
managed-manual = { $id }: { $name }, { $user } at { $server }
managed-unknown = No administrator has installed a profile of that name on this computer.
    .remedy = See their names with: culvert managed
    .window = Ask your organisation.
not-kept = Culvert could not note that on this computer's disk, and has changed nothing.
    .remedy = Make room on the disk that holds /var/lib, or see why it can't be written to, and try again.
helper-silent = Culvert's network service does not answer.
    .remedy = See its log, and start it again.
helper-trouble = Culvert's network service can't be asked: { $reason }.
busy = There is a connection already: { $name }.
    .remedy = End it first with: culvert disconnect
    .window = End it first.
busy-other = Another user of this computer is connected.
    .remedy = Wait, or end that connection with: culvert disconnect (this takes an administrator)
    .window = Wait, or have an administrator end that connection.
other-connected = Another user of this computer is connected.
other-connecting = Another user of this computer is connecting.
other-blocked = Another user's connection was lost, and nothing leaves this computer.
    .remedy = That user, or an administrator, can give the network back: culvert disconnect
    .window = That user, or an administrator, can give the network back.
denied-administrator = This takes an administrator of this computer, and none has agreed.
    .remedy = Try again with an administrator's password at hand, or try the same with sudo.
    .window = Try again with an administrator's password at hand.
denied-remote = You are not sitting at this computer (SSH, for instance): from afar only an administrator may do this, or a member of the group { $group }.
    .remedy = Try the same with sudo, or have an administrator put you into the group { $group }.
    .window = Have an administrator do it, or put you into the group { $group }.
denied-demanded = An administrator's file wants lockdown.
    .remedy = Take the line `lockdown` out of that file in /etc/culvert/managed.d: that counts at once.
    .window = Ask the administrator of this computer.
denied-weaker = An administrator has forbidden connections with less than the default protection.
    .remedy = Leave out what weakens it, such as --no-guard, --lan, --ipv6 leave, --leave-dns, weaker encryption or other logins; or ask an administrator.
    .window = Choose the default where the editor marks a choice as weaker, or ask an administrator.
denied-forbidden = The rules of this computer do not allow this from here.
    .remedy = Try it while you sit at this computer, or with sudo.
    .window = Try it while you sit at this computer.
denied-no-authority = Nothing on this computer can tell who may do this (polkit is missing or out of order): only root may.
    .remedy = Try the same with sudo.
    .window = Ask an administrator of this computer.
denied-no-authority-group = Nothing on this computer can tell who may do this (polkit is missing or out of order): only root may, or a member of the group { $group }.
    .remedy = Try the same with sudo, or have an administrator put you into the group { $group }.
    .window = Have an administrator put you into the group { $group }.
denied-too-slow = Whether you may do this could not be found out in time.
    .remedy = Try again. If it stays so, have polkit restarted, or try the same with sudo.
    .window = Try again. If it stays so, tell an administrator of this computer.
denied-already-asking = You are being asked for an administrator's password already.
    .remedy = Answer that question first.
denied-unrecognised = The program that asked could not be recognised.
    .remedy = Start it again.
unusable = { $field ->
        [name] The connection's name can't be used: it is too long, or holds characters that can't be shown.
        [username] The user name can't be used: it is empty, too long, or holds characters that can't be shown.
        [domain] The domain can't be used: it is too long, or holds characters that can't be shown.
        [password] The password can't be used: it is too long.
        [port] The port can't be used: it must be a number from 1 to 65535.
        [auth] No login method is allowed.
        [mtu] The largest packet can't be that large or that small: 576 to 1500 bytes are possible.
        [traffic] What goes through the connection can't be told: there are no networks, or too many.
        [dns] The name servers can't be used: there are none, too many, or one is not the address of another computer.
        [search_domains] The search domains can't be used: there are too many, or one is no domain.
       *[other] A setting can't be used: { $field }.
    }
ended-elsewhere = The connection was ended by somebody else.

## Profiles

profiles-of-root = These are the profiles of root, in { $path }, and not those of the person who is logged in.
profiles-none = There are no profiles yet. Save one with: culvert profile add, or take some over with: culvert profile import
profile-weaker = (weaker than usual)
profile-unreadable = A profile can't be read, and is left as it is. { $reason }
    .remedy = Mend the file with an editor, or remove it.
profile-unknown = There is no profile called { $name }. There are:
profile-gone = The profile has been removed meanwhile.
profile-changed = Another program has changed the profile meanwhile.
    .remedy = Look at it, and try again.
profile-trouble = The profiles can't be read or written. { $reason }
    .remedy = Nothing has changed. See whether the disk is full or can't be written to, and try again.
profile-wrong = That can't be: { $reason }.
profile-saved = { $name } is saved.
profile-removed = { $name } and its password are removed.
profile-kept = { $name } stays.
ask-server = Server (its name or address):
ask-user = User name:
ask-remove = Remove { $name } and its password? [y/N]
ask-import-user = User name for { $name } (nothing: it is not saved):
ask-import = Save these? [y/N]
ask-import-password = If NetworkManager keeps a password for { $name } in your keyring, take it along for { $server }? [y/N]
answer-yes = y yes
imported = Imported { $some } of { $all }.
import-found = { $name }: { $user } at { $server }
import-found-nobody = { $name }: { $server }, without a user name
import-kept = Of no meaning here, and kept for an export to the same program: { $keys }
import-more = { $keys } and { $more } more
import-changed = Line { $line }, { $key }: taken, but { $reason }
import-ignored = Left out, for { $reason }: { $keys }
import-password = With its password
import-refused = Not { $name }: { $reason }
import-unread = { $path } can't be used: { $reason }.
import-keyring = NetworkManager may keep a password for { $name } in your keyring. It is not taken along.
    .remedy = To take it along, import again with: --with-passwords
import-no-user = { $name } says no user name, and is not saved.
    .remedy = Say one with: --user NAME
password-not-kept = The password is not saved, and will be asked for each time. { $reason }
password-not-read = The saved password can't be had. { $reason }
password-not-forgotten = The password may still be in the keyring. { $reason }
keyring-unlock = The keyring is locked: unlock it in the window that appears.
keyring-absent = There is no keyring on this computer, or nobody is logged in to it.
    .remedy = Install one, such as gnome-keyring or KWallet, and log in anew.
keyring-locked = The keyring is locked.
    .remedy = Unlock it and try again.
keyring-refused = The keyring was not unlocked.
keyring-slow = The keyring does not answer.
    .remedy = Log in anew, and try again.
keyring-broken = The keyring has a fault: { $why }.
passphrase-prompt = Passphrase of the file:
passphrase-again = The same again:
passphrase-differs = The two are not the same.
export-lost = { $name }: the file can't hold { $field }.
export-passwords = Whoever gets these files can read the passwords in them.
    .remedy = Give them to nobody else, and remove them when they have been read.

import-reason-runs-program = it would run a program
import-reason-names-file = it names a file, which is not opened
import-reason-server-login = it asks the server to log in here too, which servers do not
import-reason-always = Culvert always does as it should be here
import-reason-not-supported = Culvert has nothing like it
import-reason-unknown = nobody knows what it means
import-reason-only-ipv4 = PPTP carries IPv4 alone
import-reason-server-decides = the server decides this
import-reason-encryption-not-asked = it did not ask for encryption: now it is used where the server has it
import-reason-no-keys = such a login gives no keys, and encryption is required
import-reason-automatic = "automatic" tries other kinds of VPN too: only PPTP is left
import-reason-backslash = its one backslash means something else to pppd: taken as it was meant
import-reason-only-eap = it asks for EAP: its usual kind, MS-CHAPv2, is used
import-reason-placeholder = it holds a place for your own name: change it before you connect
import-reason-switched-off = it was switched off there
import-reason-out-of-range = no such value can be: taken as usual
import-reason-host-bits = the address has bits beyond the network's length: taken as the network around it
import-reason-repeated = another line says it already

import-refusal-unknown = nothing in it looks like a connection of any program that Culvert knows
import-refusal-too-long = it is too long to hold connections
import-refusal-too-many = there are more than 1000 connections
import-refusal-not-text = it is no text
import-refusal-other-vpn = it is another kind of VPN ({ $kind }); Culvert speaks PPTP alone
import-refusal-no-server = it does not say where the server is
import-refusal-server = { $why }
import-refusal-syntax = line { $line }: { $why }
import-refusal-field = its { $field ->
        [name] name
        [username] user name
        [domain] domain
        [password] password
        [port] port
        [auth] login methods
        [mtu] packet size
        [traffic] list of networks
        [dns] list of name servers
        [search_domains] list of search domains
       *[other] { $field }
    } can't be used
import-refusal-no-login = it allows no login that PPTP has
import-refusal-newer = a later Culvert wrote it: bring this one up to date
import-refusal-encrypted = it is encrypted, and its passphrase was not said
import-refusal-wrong-passphrase = the passphrase is wrong, or the file has been changed
import-refusal-only-secrets = it holds passwords and no connection; import it together with the file in /etc/ppp/peers

format-culvert = Culvert
format-networkmanager = NetworkManager (Linux)
format-netplan = netplan (Ubuntu)
format-connman = ConnMan (Linux)
format-phonebook = Windows phonebook (rasphone.pbk)
format-powershell = Windows PowerShell script
format-mobileconfig = macOS and iOS profile
format-pppd = pppd (Linux and Unix)
format-routeros = MikroTik RouterOS
format-uci = OpenWrt
format-mail = A mail

## The window: states

title-connected = Culvert: connected
state-starting = One moment …
state-nothing = Not connected
state-disconnected = Not connected
server-and-user = { $server } · { $user }
state-connecting = Connecting to { $name }
state-password = Password for { $name }
state-connected = Connected to { $name }
state-no-internet = Connected, but no internet
state-up = Connected for { $span }.
goes-all = All traffic of this computer goes through it.
goes-only = Only the office network goes through it.
weak-none = Not encrypted: everybody on the way can read it.
weak-cipher = Weak encryption
state-reconnecting = Reconnecting to { $name }
nothing-leaves = Nothing leaves until it is back.
everything-leaves = Until it is back, everything goes past the VPN.
part-leaves = Until it is back, nothing goes to its network. Everything else goes its usual way.
still-waiting = Still waiting: { $stage } …
password-try = Try { $number }: accounts often lock after a few wrong ones.
caps-lock = Caps Lock is on.
button-forget = Forget the saved password
trying-in = Trying again in { $seconds } s.
trying-now = Trying now.
trying-with-network = This computer has no network. Culvert connects again as soon as it has one.
nothing-lost = No connection is waiting to be dialled again.
state-blocked = Internet is paused
state-lost = { $name } is not connected
state-blocked-line = The connection to { $name } was lost. Nothing leaves until it is back.
state-lockdown = Internet only through the VPN
state-lockdown-line = Lockdown is on: nothing leaves this computer but through a VPN.
state-lockdown-assumed = Lockdown is on, to be safe: Culvert's notes on this computer are damaged, and they may have said so.
state-disconnecting = Disconnecting …
state-other = Somebody else is connected
state-other-line = All traffic of this computer goes through their connection.
set-up-by-others = Set up by your organisation.
set-up-for-good = Only an administrator can end it.
state-missing = One part is missing
state-missing-line = Culvert needs its network service, and it is not on this computer.
state-stopped = The network service stopped
state-stopped-line = Culvert connects through it.
helper-not-started = It could not be started: { $why }.
    .remedy = Ask whoever looks after this computer, or type: sudo systemctl start culvertd.socket
state-older = Update not finished
state-older-line = Culvert's network service is older than this window. Restart it: that ends a connection.
state-newer = Culvert was updated
state-newer-line = This window is older than Culvert's network service. Close it and open it again: the connection stays.
state-not-allowed = The network service does not answer you
low-protection-short = Low protection: see why

## The window: buttons and fields

button-connect = Connect
button-disconnect = Disconnect
button-cancel = Cancel
button-continue = Continue
button-try-again = Try again
button-try-now = Try now
button-other-password = Type the password again
button-without = Use the internet without the VPN
button-start = Start it
button-add = Add a connection
button-save-for-later = Save for later
button-back = Back
ask-quit = Keep the connection to { $name }?
ask-quit-line = It stays without this window. Open Culvert again to end it.
button-keep-and-quit = Keep connected and quit
button-disconnect-and-quit = Disconnect and quit
ask-switch = Connect to { $name } instead?
ask-switch-line = { $name } is disconnected first.
button-switch = Switch
button-fix = Fix it …
button-copy = Copy for somebody who helps
button-copied = Copied
switch-only-faults = Only what went wrong
title-activity = What has happened
button-end-other = End that connection …
button-lockdown-off = Turn off lockdown …
button-sign-in = Open the sign-in page
state-sign-in = Sign in to this network first
state-sign-in-line = Hotels, trains and airports want that. Culvert lets this computer through to the sign-in page, and to nothing else, for five minutes.
page-not-opened = No browser could be opened: { $why }.
button-details = Details
button-less = Fewer details
title-add = Add your connection
field-server = Server
field-user = User name
field-user-help = As it was given to you, also OFFICE\alice.
field-password = Password
field-password-help = May be left empty: then you are asked.
field-pasted = What you were sent
field-pasted-help = Paste the whole mail: what is recognised fills the fields below. Nothing is saved yet.
pasted-found = Recognised: { $fields }. See whether it is right.
pasted-nothing = Nothing was recognised. There must be a line such as: Server: vpn.example.com
pasted-refused = This can't be used: { $reason }.
button-paste = Paste what you were sent
title-import = Take over connections
import-hint = Choose files of other programs, or drop them onto this window. You see what is in them before anything is saved.
import-formats = Files of: { $formats }.
import-used = Used: { $keys }
import-not = Not taken over
button-choose-files = Choose files …
button-import-files = Import …
button-save = Save
button-import = Save { $count } of { $all }
button-open = Open
button-done = Done
field-passphrase = Passphrase of the file
field-passphrase-help = It closes the file: without it nobody can read the passwords. You need it where you import the file.
title-export = Export
export-for = For which program?
exported = Written
field-directory = Folder
button-choose-directory = Choose a folder …
button-export = Export …
switch-passwords = With the password
switch-keyring = Take along the password that NetworkManager keeps, for { $server }
no-chooser = This desktop has no window for choosing files.
    .remedy = Drop them onto this window, or type in a terminal: culvert profile import FILE
switch-all = All of them
switch-strong = As strong as PPTP can be (some servers refuse that)
switch-show = Show the password
switch-keep = Keep it in this computer's password safe

## The window: how safe is this?

title-safety = How safe is this?
low-protection-title = Low protection
safety-near = PPTP hides your traffic from people on the same Wi-Fi.
safety-owner = The server's owner sees which sites you visit.
safety-later = Anyone determined can record your traffic and read it later: the login can be broken within a day, and with it the encryption.
safety-not-for = Do not use it for mail, banking or secrets by itself. Pages and programs that encrypt for themselves (https, SSH) stay as they are.
safety-instead = What to ask for instead
safety-instead-line = Whoever runs the server can offer something better, often on the same machine. This can be sent to them:
safety-ask = Our VPN still uses PPTP, which can be broken and is gone from macOS, iOS and Android. Could you offer WireGuard or IKEv2/IPsec beside it, so that I can switch?
button-copy-sentence = Copy
title-kinds = Kinds of VPN
column-kind = Kind
column-security = Security
column-speed = Speed
column-setup = Set-up
column-systems = Runs on
kind-pptp = PPTP
    .security = Low: its login and its encryption were broken long ago.
    .speed = Fast: there is little to compute.
    .setup = Easy: a server, a user name, a password. Some networks block it.
    .systems = Windows and Linux; old routers and servers.
kind-l2tp = L2TP/IPsec
    .security = Good with a certificate or a long key; low where everybody knows the shared key.
    .speed = Medium: everything is wrapped twice.
    .setup = Medium: a key or a certificate besides the password.
    .systems = Windows, macOS, iOS; Linux with a package.
kind-sstp = SSTP
    .security = Good: encrypted like web pages (TLS).
    .speed = Medium; slow where packets are lost.
    .setup = Easy, and gets through nearly every network.
    .systems = Windows; others with a program.
kind-openvpn = OpenVPN
    .security = Good: TLS, and examined for many years.
    .speed = Medium; fast with help from the kernel.
    .setup = Easy with the file that the server's owner sends.
    .systems = All systems, with a program.
kind-ikev2 = IKEv2/IPsec
    .security = Good.
    .speed = Fast; stays up when the network changes.
    .setup = Medium: the server needs a certificate.
    .systems = Windows, macOS, iOS, Android; Linux with a package.
kind-ipsec = IPsec alone
    .security = Good when it is set up well, without its old ciphers.
    .speed = Fast.
    .setup = Hard: many settings must be the same on both sides.
    .systems = Routers, firewalls and servers, mostly between offices.
kind-wireguard = WireGuard
    .security = Good: modern, and small enough to be examined whole.
    .speed = Fast; back at once when the network changes.
    .setup = Easy: one file, or a picture to scan.
    .systems = Linux itself; all others with a program.
kind-softether = SoftEther
    .security = Good: TLS.
    .speed = Medium to fast.
    .setup = Medium: a server with many options.
    .systems = Windows, Linux, macOS, FreeBSD, with a program.
title-places = Where PPTP still works
place-windows = Windows
    .works = Yes: built into Windows 10 and 11.
place-windows-server = Windows Server
    .works = Not for long: Microsoft called it outdated in October 2024, and a new Windows Server 2025 takes no PPTP unless told to.
place-macos = macOS
    .works = Not since macOS 10.12 (September 2016).
place-ios = iPhone and iPad
    .works = Not since iOS 10 (September 2016).
place-android = Android
    .works = No new connections since Android 12 (October 2021).
place-linux = Linux
    .works = With Culvert, or with a plugin of NetworkManager.
places-date = As of November 2026.

## The window: settings

title-settings = Settings
title-general = General
field-appearance = Appearance
appearance-system = Like the desktop
appearance-light = Light
appearance-dark = Dark
field-language = Language
language-system = Like the system
field-scale = Size of text and everything else
text-scale = { $percent } %
button-smaller = Smaller
button-larger = Larger
settings-not-kept = This can't be kept: { $reason }.
title-protection = Protection
protection-closed = Now, nothing leaves this computer past the VPN.
protection-open = Now, traffic goes past the VPN when that is down: this connection has its guard off.
protection-none = Now, nothing is closed: the internet is as it is without Culvert.
switch-lockdown = Internet only through a VPN
switch-lockdown-line = Lockdown: nothing leaves this computer but through a VPN, connected or not, also after a restart. It takes an administrator to switch it.
title-data = Your data
button-export-all = Export everything …
button-remove-all = Remove all connections and passwords
button-keep-all = Keep them
ask-remove-all = Every connection of yours is removed, with its saved password. This can't be undone. A connection that is up stays up.
removed = Removed: { $count }.
removed-not = Some are still there: { $reason }.
title-repair = Repair the network
repair-line = If the internet does not come back after Culvert: this ends every connection, switches lockdown off, and takes back all that Culvert has changed in this computer's network.
repair-by-hand = On the command line, also where this window does not open: culvert reset
button-repair = Repair the network now

## The window: a connection is changed

button-edit = Edit …
button-look = Show what is set …
button-duplicate = Duplicate
button-delete = Delete
button-undo = Undo
button-office-only = Use it for the office network only
button-save-and-reconnect = Save and reconnect now
button-do-not-save = Don't save
button-keep-editing = Keep editing
button-load-anew = Show what is there now
button-save-mine = Save mine over it
button-change-password = Change the password
button-forget-password = Forget the saved one
button-keep-password = Keep it
button-default = Use the default
button-stronger = Protects less than usual: see where
button-edit-login = Change the login methods …
button-edit-encryption = Change the encryption …
button-edit-packets = Change the packet size …
button-edit-server = Change the server …
button-edit-user = Change the user name …
title-others = This connection
deleted = { $name } and its saved password are deleted.
ask-unsaved = Save the changes to { $name }?
ask-unsaved-line = Without saving they are lost.
edit-later = { $name } is connected. What you change counts from the next connect on.
edit-changed = Another program has changed this connection meanwhile.
edit-removed = Another program has removed this connection meanwhile. Saving keeps it as a new one; then it needs its password again.
edit-forbidden = The administrator of this computer allows nothing here that protects less than usual.
edit-default = { $help } · Default
managed-by = Set up by your organisation. Only an administrator of this computer can change it.
managed-for-good = Set up by your organisation, and connected from the start of the computer. Only an administrator can change or end it.
field-name = Name
field-name-help = What you call it. Left empty, it is called like the server.
field-server-help = Its name or address. A port other than 1723 goes behind a colon.
password-is-kept = One is saved.
password-forgets = The saved one is forgotten when you save.
password-change-help = Left empty, the saved one stays.
field-password-kept = Where the password comes from
password-keyring = This computer's password safe
password-keyring-help = Type it once.
password-session = This session only
password-session-help = Type it once; it is forgotten when you log out.
password-ask = Ask each time
password-ask-help = It is kept nowhere.
fold-login = Login
fold-encryption = Encryption
fold-network = Network
fold-reconnect = Reconnect
fold-advanced = Advanced
value-standard = standard
value-required128 = required, 128 bit
value-required = required, also with short keys
value-preferred = if the server has it
value-none = none
value-all = all traffic
value-only = only the office network
value-on = on
value-off = off
value-unchanged = nothing changed
value-changed = { $count } changed
value-wrong = something here can't be
value-weaker = { $value } · protects less than usual
value-default = { $value } (default)
field-login = Login methods
    .help = The best one that the server also has is used.
field-encryption = How well it must be encrypted
    .help = Where the server can't do it, there is no connection.
switch-stateful = Stateful encryption
    .help = For old servers that have no other.
field-traffic = What goes through the connection
    .help = What does not, goes past it as without a VPN.
traffic-all = Everything through the VPN
traffic-only = Only the office network
switch-classful = The network of the address that the server gives
    .help = As Windows does it: for 10.1.2.3 all that begins with 10.
field-networks = And these networks
    .help = With commas between them.
switch-lan = Printers and devices nearby
    .help = Lets this computer and its own local network reach each other beside the connection.
field-dns = Who looks up names
    .help = While it is connected.
dns-from-server = The name servers that the server tells
dns-own = Other name servers
dns-leave = Whoever does it without the VPN
field-name-servers = Name servers
    .help = Their addresses, with commas between them.
field-domains = Domains of the office network
    .help = With commas between them. Where not everything goes through the VPN, only names in these are looked up there.
switch-ipv6 = Let IPv6 go past the VPN
    .help = PPTP carries none: otherwise it is blocked.
switch-reconnect = Connect again by itself
    .help = When the connection is lost.
switch-guard = Nothing leaves past it
    .help = While it is connected, and when it is lost, until it is back or you say otherwise.
field-keepalive = Seconds until an idle server is asked
    .help = Whether it is still there. Left empty, Culvert chooses: 20.
field-servers = Other addresses of the server
    .help = Tried after the first, with commas between them.
field-mtu = Largest packet, in bytes
    .help = Left empty, Culvert chooses. Where pages hang while small ones load, try 1300.
switch-through = May run through another VPN
    .help = Takes that something may leave past the connection (under Reconnect): the other one does.
field-notes = Notes
    .help = What you want to remember, such as whom to ask.

## What was typed

typed-web-address = This is the server's name alone, without http:// and what follows.
typed-server = A server is written like vpn.example.com or 192.0.2.1.
typed-port = A port is a number from 1 to 65535.
typed-empty = This is needed.
typed-too-long = This is too long.
typed-control = There is something in it that can't be seen, such as a line break.
typed-domain = A domain is written like office.example.com.
typed-mtu = A number of bytes from 576 to 1500.
typed-keepalive = A number of seconds from 5 to 300.
typed-network = A network is written like 192.0.2.0/24.
typed-host-bits = Bits are set beyond the network's length: { $network } was probably meant.
typed-name-server = A name server is an address like 192.0.2.53.
typed-too-many = There can be at most { $most }.
typed-no-keys = Encryption takes its keys from MS-CHAP: allow MS-CHAPv2 under Login, or give up encryption here.
