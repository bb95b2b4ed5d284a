# Was Menschen lesen. Zu jeder Störung gehört: was geschehen ist; warum, wenn man es wissen kann (.why); und was zu tun ist
# (.remedy). Kurz, in der Gegenwart, ohne Vorwurf. Fachwörter nur dort, wo der Betreiber eines Routers oder Servers sie
# lesen muss. Ein Muttersprachler hat den Text noch nicht durchgesehen.

## Faults

fault-dns-failed = Der Servername { $server } ist nicht zu finden.
    .why = Entweder ist er falsch geschrieben, oder es gibt hier gerade kein Internet.
    .remedy = Prüfen Sie die Schreibweise und das WLAN oder Kabel, oder verwenden Sie die Adresse des Servers in Zahlen.

fault-net-unreachable = Von hier führt kein Weg zu { $server }.
    .why = Dieser Computer hat kein Netzwerk, oder das Netzwerk führt nicht dorthin.
    .remedy = Prüfen Sie das Kabel oder das WLAN, dann die Adresse des Servers.

fault-captive-portal = Das Netzwerk, in dem Sie sind, verlangt zuerst eine Anmeldung.
    .why = Bis dahin lässt es nichts zu { $server } durch. In Hotels, Zügen und Flughäfen ist das üblich.
    .remedy = Melden Sie sich mit einem Webbrowser auf der Seite des Netzwerks an und verbinden Sie sich dann erneut. Hält Culvert das Netzwerk geschlossen, öffnet dies den Weg zu jener Seite: culvert portal
    .window = Melden Sie sich mit einem Webbrowser auf der Seite des Netzwerks an und verbinden Sie sich dann erneut.

fault-ipv6-server = { $server } hat nur eine IPv6-Adresse.
    .why = PPTP läuft allein über IPv4.
    .remedy = Fragen Sie den Betreiber des Servers nach der IPv4-Adresse.

fault-other-vpn = Auf diesem Computer besteht schon ein anderes VPN.
    .why = Eines der beiden liefe durch das andere: Das ist langsam, und es bleibt offen, was wovor schützt.
    .remedy = Beenden Sie das andere und verbinden Sie sich erneut. Soll eines durch das andere laufen, verbinden Sie sich mit --no-guard --through-other-vpn.
    .window = Beenden Sie das andere und verbinden Sie sich erneut.

fault-tcp-timeout = { $server } antwortet nicht.
    .why = Der Server ist aus, oder etwas auf dem Weg verwirft die Verbindung{ $port ->
            [unknown] {""}
           *[other] {" "}(TCP-Port { $port })
        }.
    .remedy = Prüfen Sie die Adresse, oder versuchen Sie es über den Hotspot eines Telefons. Klappt es dort, bitten Sie den Betreiber des Netzwerks, PPTP durchzulassen (TCP-Port 1723 und GRE).

fault-tcp-refused = Unter { $server } antwortet ein Computer, aber dort läuft kein VPN-Dienst{ $port ->
        [unknown] {""}
       *[other] {" "}(TCP-Port { $port })
    }.
    .why = Die Adresse gehört zu einem anderen Computer, oder der Dienst ist angehalten.
    .remedy = Prüfen Sie die Adresse, oder fragen Sie den Betreiber des Servers, ob der Dienst läuft.

fault-not-pptp = Was unter { $server }{ $port ->
        [unknown] {""}
       *[other] {" "}(TCP-Port { $port })
    } antwortet, spricht kein PPTP.
    .why = Die Adresse oder der Port gehört zu einem anderen Dienst oder zu einer anderen Art von VPN.
    .remedy = Prüfen Sie Adresse und Port, und fragen Sie, welche Art von VPN der Server anbietet.

fault-control-timeout = { $server } nimmt die Verbindung an, schweigt dann aber.
    .why = Der VPN-Dienst dort hängt, oder etwas auf dem Weg verschluckt seine Antworten.
    .remedy = Versuchen Sie es in einer Minute noch einmal. Bleibt es so, sagen Sie es dem Betreiber des Servers.

fault-control-lost = Die Verbindung zu { $server } ist abgebrochen.
    .why = Die Leitung wurde unterbrochen, oder der Server hat aufgegeben.
    .remedy = Versuchen Sie es noch einmal. Geschieht es oft, versuchen Sie es in einem anderen Netzwerk.

fault-not-authorised = { $server } nimmt von dieser Adresse keine Verbindungen an.
    .why = Der Server hat eine Liste der Netzwerke, die er bedient, und dieses steht nicht darauf.
    .remedy = Versuchen Sie es aus einem anderen Netzwerk, oder bitten Sie den Betreiber des Servers, dieses zuzulassen.

fault-version-mismatch = { $server } spricht eine andere Version von PPTP.
    .remedy = Prüfen Sie die Adresse. Nur der Betreiber des Servers kann das ändern.

fault-session-still-open = Der Server hält Ihre letzte Sitzung noch offen.
    .remedy = Warten Sie eine Minute, und versuchen Sie es dann noch einmal.

fault-busy = Alle Leitungen des Servers sind belegt.
    .remedy = Versuchen Sie es in einigen Minuten noch einmal, oder fragen Sie, für wie viele Personen er ausgelegt ist.

fault-call-refused = Der Server lehnt den Anruf ab.
    .why = Eine Regel des Servers verbietet ihn.
    .remedy = Fragen Sie den Betreiber des Servers.

fault-call-failed = Der Server konnte den Anruf nicht herstellen.
    .why = Er hat selbst eine Störung.
    .remedy = Versuchen Sie es in einer Minute noch einmal. Bleibt es so, sagen Sie es dem Betreiber des Servers.

fault-gre-blocked = { $direction ->
        [out] { $server } antwortet, aber Ihre Datenpakete erreichen ihn nicht.
       *[in] { $server } antwortet, aber seine Datenpakete kommen nicht zurück.
    }
    .why = Etwas zwischen Ihnen und dem Server sperrt die Art von Datenverkehr, die PPTP braucht (GRE, IP-Protokoll 47), oder hinter demselben Router besteht schon eine andere PPTP-Verbindung.
    .remedy = Versuchen Sie es über den Hotspot eines Telefons, oder schalten Sie im Router PPTP-Passthrough ein. Manche Mobilfunknetze lassen GRE nie durch: Dann hilft nur eine andere Art von VPN.

fault-closed-before-gre = { $server } hat geantwortet, die Verbindung aber getrennt, bevor ein Datenpaket kam.
    .why = Oft kennt ein Router auf dem Weg PPTP nicht und weist die Pakete des Servers ab (GRE, IP-Protokoll 47). Es kann auch der Server selbst sein, der die Verbindung nicht in Gang bringt.
    .remedy = Versuchen Sie es über den Hotspot eines Telefons, oder schalten Sie im Router PPTP-Passthrough ein. Ist es überall so, sagen Sie es dem Betreiber des Servers.

fault-ppp-timeout = Der Server ist während des Aufbaus der Verbindung verstummt.
    .why = Er ist überlastet, oder seine Datenpakete kommen nur in einer Richtung durch.
    .remedy = Versuchen Sie es noch einmal, dann in einem anderen Netzwerk.

fault-closed-early = Der Server hat die Verbindung getrennt, ohne einen Grund zu nennen.
    .why = Oft hält eine Firewall oder ein Router auf dem Weg die Daten auf (GRE), oder der Server verlangt andere Sicherheitseinstellungen.
    .remedy = Versuchen Sie es in einem anderen Netzwerk, und beenden Sie andere VPN-Verbindungen. Fragen Sie dann den Betreiber des Servers, welche Einstellungen er verlangt.

fault-peer-closed = Der Server hat die Verbindung beendet.
    .why = Vielleicht erlaubt er jeder Person nur eine Sitzung, oder eine Zeit ist abgelaufen.
    .remedy = Verbinden Sie sich erneut. Bleibt es so, fragen Sie, ob noch eine andere Sitzung von Ihnen offen ist.

fault-administrator-closed = Der Administrator des Servers hat die Verbindung beendet.
    .remedy = Fragen Sie nach, bevor Sie sich erneut verbinden.

fault-server-shutdown = Der Server fährt gerade herunter.
    .remedy = Versuchen Sie es in einigen Minuten noch einmal.

fault-auth-rejected = Der Server hat Benutzername oder Kennwort nicht angenommen.
    .why = Oft ist es die Feststelltaste, oder ein Name, der als DOMÄNE\benutzer zu schreiben ist.
    .remedy = Prüfen Sie beides, und versuchen Sie es dann noch einmal. Nach einigen falschen Versuchen sperren viele Server das Konto: Fragen Sie dann dessen Administrator.

fault-auth-hours = Ihr Konto darf sich zu dieser Tageszeit nicht verbinden.
    .remedy = Versuchen Sie es später, oder fragen Sie den Administrator.

fault-auth-disabled = Ihr Konto ist abgeschaltet.
    .remedy = Fragen Sie den Administrator.

fault-auth-expired = Ihr Kennwort ist abgelaufen.
    .remedy = Ändern Sie es im Büro oder auf der Seite der Firma, und verwenden Sie dann hier das neue.

fault-auth-no-vpn-right = Ihr Konto stimmt, darf aber das VPN nicht benutzen.
    .remedy = Bitten Sie den Administrator, dem Konto den VPN-Zugriff (Einwahl) zu erlauben.

fault-auth-change-failed = Der Server hat das neue Kennwort nicht angenommen.
    .why = Er hat Regeln für Länge und Art.
    .remedy = Wählen Sie ein anderes, das diesen Regeln folgt.

fault-auth-expired-account = Ihr Konto ist abgelaufen.
    .remedy = Fragen Sie den Administrator.

fault-auth-timeout = Der Server hat nach der Anmeldung nichts mehr gesagt.
    .why = Was dort die Kennwörter prüft, antwortet nicht.
    .remedy = Versuchen Sie es in einer Minute noch einmal. Bleibt es so, sagen Sie es dem Administrator.

fault-server-not-authentic = Der Server konnte nicht beweisen, dass er Ihr Kennwort kennt.
    .why = Es ist der falsche Server, oder jemand steht zwischen Ihnen und dem richtigen.
    .remedy = Versuchen Sie es hier nicht noch einmal. Prüfen Sie die Adresse des Servers, und sagen Sie es seinem Administrator.

fault-auth-method-refused = Sie und der Server erlauben kein gemeinsames Anmeldeverfahren.
    .why = Der Server verlangt eines, das schwächer ist als die von Ihnen erlaubten oder das Culvert nicht hat.
    .remedy = Bitten Sie den Administrator, MS-CHAPv2 zu erlauben. Als letzten Ausweg erlauben Sie das Verfahren des Servers mit --auth.
    .window = Bitten Sie den Administrator, MS-CHAPv2 zu erlauben. Als letzten Ausweg lassen Sie für diese Verbindung das Verfahren des Servers zu.

fault-eap-required = Der Server verlangt ein Anmeldeverfahren, das Culvert nicht hat (EAP).
    .remedy = Bitten Sie den Administrator, MS-CHAPv2 zu erlauben.

fault-policy-refused = Eine Regel des Servers lehnt diese Anmeldung ab.
    .why = Solche Regeln betreffen Gruppen, Anmeldeverfahren und Zeiten.
    .remedy = Fragen Sie den Administrator, und erwähnen Sie MS-CHAPv2.

fault-ppp-no-agreement = Sie und der Server konnten sich nicht auf Einstellungen einigen.
    .why = Der Server verlangt immer wieder andere.
    .remedy = Lassen Sie besondere Einstellungen weg. Fragen Sie dann den Betreiber des Servers, was dieser verlangt.

fault-lcp-terminated = Der Server hat die Verbindung während des Aufbaus beendet.
    .why = Fast immer verlangt er ein anderes Anmeldeverfahren oder eine andere Verschlüsselung.
    .remedy = Fragen Sie den Betreiber des Servers, welches Anmeldeverfahren und welche Verschlüsselung dieser verlangt.

fault-loopback = Dieser Computer spricht mit sich selbst.
    .why = Die Adresse des Servers führt hierher oder zum Router zurück.
    .remedy = Prüfen Sie die Adresse des Servers.

fault-ppp-garbled = Die Pakete kommen beschädigt an.
    .why = Die Leitung ist schlecht, oder die Pakete sind zu groß für sie.
    .remedy = Versuchen Sie es mit einem Kabel statt WLAN, oder mit kleineren Paketen durch --mtu 1300.
    .window = Versuchen Sie es mit einem Kabel statt WLAN, oder mit kleineren Paketen für diese Verbindung.

fault-mppe-mismatch = Die Verschlüsselung des Servers ist nicht die, die Sie verlangen.
    .why = Er bietet kürzere Schlüssel an, oder die ältere Art, sie zu wechseln.
    .remedy = Am besten: Bitten Sie den Betreiber des Servers um Verschlüsselung mit 128 Bit. Als letzten Ausweg erlauben Sie weniger mit --encryption required oder --stateful.
    .window = Am besten: Bitten Sie den Betreiber des Servers um Verschlüsselung mit 128 Bit. Als letzten Ausweg lassen Sie für diese Verbindung weniger genügen.

fault-mppe-not-offered = Der Server bietet keine Verschlüsselung an, und Sie verlangen sie.
    .remedy = Am besten: Bitten Sie den Betreiber des Servers, Verschlüsselung mit 128 Bit einzuschalten. Mit --encryption none könnte jeder auf dem Weg Ihren Datenverkehr lesen.
    .window = Am besten: Bitten Sie den Betreiber des Servers, Verschlüsselung mit 128 Bit einzuschalten. Ohne sie könnte jeder auf dem Weg Ihren Datenverkehr lesen.

fault-mppe-required-by-peer = Der Server verlangt Verschlüsselung, und Sie haben sie ausgeschaltet.
    .remedy = Lassen Sie --encryption none weg.
    .window = Schalten Sie für diese Verbindung die Verschlüsselung ein.

fault-mppe-keys-differ = Was der Server sendet, lässt sich nicht entschlüsseln.
    .why = Die beiden Seiten sind zu verschiedenen Schlüsseln gekommen: Der Server hat einen Fehler, oder etwas auf dem Weg verändert die Pakete.
    .remedy = Versuchen Sie es noch einmal. Bleibt es so, sagen Sie es dem Betreiber des Servers.

fault-ipcp-failed = Sie und der Server konnten sich nicht auf eine Adresse einigen.
    .why = Sein Vorrat an Adressen ist vielleicht erschöpft.
    .remedy = Versuchen Sie es später noch einmal, oder sagen Sie es dem Betreiber des Servers.

fault-ipcp-rejected = Der Server hat in der Verbindung kein Internetprotokoll anzubieten.
    .remedy = Sagen Sie es dem Betreiber des Servers.

fault-ncp-terminated = Der Server hat die Verbindung beendet, als es um Adressen ging.
    .why = Sein Vorrat an Adressen ist vielleicht erschöpft, oder das Konto ist eingeschränkt.
    .remedy = Fragen Sie den Betreiber des Servers.

fault-no-address = Der Server hat keine Adresse vergeben.
    .why = Sein Vorrat an Adressen ist vielleicht erschöpft.
    .remedy = Versuchen Sie es später noch einmal, oder sagen Sie es dem Betreiber des Servers.

fault-bad-address = Der Server hat eine Adresse vergeben, die sich nicht verwenden lässt.
    .remedy = Sagen Sie es dem Betreiber des Servers.

fault-link-lost = Der Server antwortet nicht mehr.
    .why = Die Leitung wurde unterbrochen, oder der Server ist ausgefallen.
    .remedy = Verbinden Sie sich erneut.

fault-idle-timeout = Der Server hat die Verbindung beendet, weil eine Weile nichts gesendet wurde.
    .remedy = Verbinden Sie sich erneut, wenn Sie sie brauchen.

fault-helper-restarted = Der Netzwerkdienst von Culvert wurde mitten in einer Verbindung neu gestartet.
    .why = Er hat das Netzwerk geschlossen gehalten und kennt das Kennwort nicht mehr.
    .remedy = Verbinden Sie sich erneut. Geschieht es oft, sehen Sie im Protokoll des Dienstes nach.

fault-local-permission = Dem Netzwerkdienst von Culvert fehlt das Recht, dies zu tun.
    .remedy = Starten Sie ihn als root oder mit den Rechten CAP_NET_ADMIN und CAP_NET_RAW.
    .window = Lassen Sie ihn vom Administrator dieses Computers so starten, wie er installiert wurde.

fault-local-device = Dieser Computer konnte den Tunnel nicht anlegen.
    .remedy = Starten Sie den Netzwerkdienst von Culvert neu. Bleibt es so, sehen Sie in seinem Protokoll nach.

fault-guard-leaks = Etwas kann diesen Computer an der Verbindung vorbei verlassen, obwohl das verboten ist.
    .why = Vielleicht hat ein anderes Programm den Paketfilter dieses Computers verändert, oder sein Kernel hält sich nicht daran.
    .remedy = Culvert versucht, das zu schließen. Bleibt es so, beenden Sie die Verbindung, und was sonst an der Firewall arbeitet, bevor Sie etwas Wichtiges senden.
fault-local-network = Dieser Computer konnte sein Netzwerk nicht für die Verbindung einrichten.
    .why = Vielleicht ist ein anderes VPN oder eine Firewall im Weg.
    .remedy = Beenden Sie andere VPN-Verbindungen, und versuchen Sie es noch einmal. Bleibt es so, sehen Sie im Protokoll des Netzwerkdienstes von Culvert nach.

like-windows = (wie Windows-Fehler { $number })
server-says = Der Server sagt: „{ $text }“
system-says = Das System sagt: { $text }
methods-asked = Der Server verlangt: { $methods }
rejected = { $from } weist die Pakete ab{ $reason ->
        [protocol] : Dort nimmt sie niemand an
        [prohibited] : Eine Regel dort verbietet sie
        [unreachable] : Von dort führt kein Weg weiter
       *[other] {""}
    } (ICMP-Typ { $kind }, Code { $code }).
sign-in-page = Die Seite ist: { $page }
name-server = Der Nameserver { $address } { $said ->
        [no-such-name] sagt, dass es diesen Namen nicht gibt
        [no-address] kennt den Namen, aber keine Adresse dazu
        [failed] konnte es nicht herausfinden
        [nonsense] gibt Antworten ohne Sinn
        [unreachable] ist nicht erreichbar
       *[nothing] antwortet nicht
    }.
no-name-server = Dieser Computer kennt keinen Nameserver, der gefragt werden darf.

## Stages

stage-looking-up-name = Name wird nachgeschlagen
stage-reaching-server = Server wird kontaktiert
stage-opening-control-connection = Steuerverbindung wird geöffnet
stage-placing-call = Anruf wird aufgebaut
stage-waiting-for-gre = Warten auf Datenpakete
stage-agreeing-on-link = Leitung wird ausgehandelt
stage-checking-password = Kennwort wird geprüft
stage-starting-encryption = Verschlüsselung beginnt
stage-getting-address = Adresse wird bezogen
stage-setting-up-network = Netzwerk wird eingerichtet

## Connecting

connected = Verbunden mit { $name }.
connected-after = Verbunden mit { $name } nach { $time }.
connecting = Verbindung mit { $name }: { $stage }
status-asks = Sie wartet auf ein Kennwort, dort, wo sie angefordert wurde. Was die Verwaltung eingerichtet hat (culvert managed), erhält es mit: culvert connect --managed NAME
disconnecting = Verbindung mit { $name } wird getrennt …
blocked-locked = { $name } ist nicht verbunden, und nichts verlässt diesen Computer.
    .remedy = Verbinden Sie sich erneut; der Sperrmodus hält das Internet ohne Tunnel geschlossen.
reconnecting = Verbindung mit { $name } wird wiederhergestellt (Versuch { $attempt }) …
blocked = { $name } ist nicht verbunden, und nichts verlässt diesen Computer.
    .remedy = Verbinden Sie sich erneut, oder benutzen Sie das Internet ohne VPN: culvert disconnect
blocked-part = { $name } ist nicht verbunden, und was in dieses Netz gehört, verlässt den Computer nicht. Alles andere geht seinen gewohnten Weg.
    .remedy = Verbinden Sie sich erneut, oder verzichten Sie darauf: culvert disconnect
lockdown = Der Sperrmodus ist an: Nur durch einen Tunnel verlässt etwas diesen Computer.
    .remedy = Ein Administrator kann das beenden: culvert lockdown off
lockdown-demanded = Der Sperrmodus ist an: Nur durch einen Tunnel verlässt etwas diesen Computer. Eine Datei der Administration in /etc/culvert/managed.d verlangt das.
lockdown-assumed = Der Sperrmodus ist zur Sicherheit an: Culverts Notizen auf diesem Computer sind beschädigt, und vielleicht stand es darin. Nur durch einen Tunnel verlässt etwas diesen Computer.
    .remedy = Ein Administrator kann das beenden: culvert lockdown off
lockdown-on = Der Sperrmodus ist an: Ab jetzt verlässt nur durch einen Tunnel etwas diesen Computer.
lockdown-off = Der Sperrmodus ist aus.
portal-open = Der Weg zur Anmeldeseite des Netzwerks ist { $left ->
        [one] eine Minute
       *[other] { $left } Minuten
    } lang offen, und sonst keiner. Öffnen Sie sie in einem Webbrowser: { $page }
portal-looking = Es wird nachgesehen, ob das Netzwerk eine Anmeldung verlangt …
portal-none = Das Netzwerk zeigt keine Anmeldeseite.
    .remedy = Öffnen sich auch keine Webseiten, fragen Sie, wem das Netzwerk gehört.
portal-not-closed = Culvert hält nichts geschlossen: Öffnen Sie irgendeine Webseite, und das Netzwerk zeigt, wo Sie sich anmelden.
portal-busy = Es besteht schon eine Verbindung, oder sie wird gerade aufgebaut: Daneben wird nichts geöffnet.
    .remedy = Beenden Sie sie zuerst: culvert disconnect
reset-done = Von Culvert ist nichts mehr übrig: Das Netzwerk ist wie zuvor.
reset-not-kept = Das Netzwerk ist wieder offen, aber auf dem Datenträger ließ sich nicht festhalten, dass der Sperrmodus aus ist: Nach einem Neustart würde Culvert das Netzwerk wieder schließen.
    .remedy = Schaffen Sie Platz auf dem Datenträger oder reparieren Sie ihn, und geben Sie diesen Befehl dann noch einmal.
reset-by-hand = Der Netzwerkdienst von Culvert hat es nicht getan.
    .remedy = Geben Sie das Netzwerk von Hand zurück: sudo { $program } --reset
detail-guard = Leckschutz
guard-owned = an
guard-watched = an; wird sofort wiederhergestellt, wenn ein anderes Programm ihn entfernt
guard-off = aus; ist der Tunnel unterbrochen, geht der Datenverkehr an ihm vorbei
detail-routes = Routen
routes-in-place = eingerichtet
detail-names = Namen über
names-as-usual = wen der Computer auch ohne Tunnel fragt
names-not-split = Namen hinter dem Tunnel werden nicht dort nachgeschlagen: Wo nur einige Netze hindurchgehen, braucht das systemd-resolved oder NetworkManager.
    .remedy = Erreichen Sie, was dahinter liegt, über seine Adresse in Zahlen, oder verbinden Sie sich ohne --route.
    .window = Erreichen Sie, was dahinter liegt, über seine Adresse in Zahlen, oder lassen Sie alles durch diese Verbindung gehen.
not-connected = Nicht verbunden.
disconnected = Verbindung mit { $name } getrennt.
cancelled = Abgebrochen.
low-protection = Geringer Schutz: PPTP verbirgt Ihren Datenverkehr vor Leuten in der Nähe, nicht vor jemandem, der es darauf anlegt. Allein nichts für Bankgeschäfte oder Geheimnisse.
password-prompt = Kennwort für { $user } bei { $server }:
password-again = Versuchen Sie es noch einmal. Aber Vorsicht: Nach einigen falschen Versuchen wird ein Konto oft gesperrt.

detail-address = Adresse
detail-server = Server
detail-encryption = Verschlüsselung
detail-login = Anmeldung
detail-name-servers = Nameserver
detail-traffic = Datenmenge
detail-up = Verbunden seit
span-short = weniger als einer Minute
span-minutes = { $minutes } min
span-hours = { $hours } Std. { $minutes } min
span-days = { $days } T. { $hours } Std.
no-internet = { $name } leitet keinen Internetverkehr weiter.
no-internet-remedy = Um die Verbindung nur für das Netz dahinter zu benutzen, verbinden Sie sich mit --classful oder mit --route und den gemeinten Netzen.
mppe = MPPE, { $bits } Bit
mppe-stateful = MPPE, { $bits } Bit, zustandsbehaftet
not-encrypted = keine: Jeder auf dem Weg kann mitlesen
traffic = { $received } empfangen, { $sent } gesendet

## Warnings

warning-encryption-none = Warnung: Ohne Verschlüsselung kann jeder auf dem Weg Ihren Datenverkehr lesen und verändern.
    .cost = Jeder auf dem Weg kann Ihren Datenverkehr lesen und verändern.
warning-encryption-preferred = Warnung: Hat der Server keine Verschlüsselung, kann jeder auf dem Weg Ihren Datenverkehr lesen und verändern.
    .cost = Hat er keine, kann jeder auf dem Weg Ihren Datenverkehr lesen und verändern.
warning-encryption-required = Warnung: Verschlüsselung mit kurzen Schlüsseln ist erlaubt. 40 Bit sind im Nu gebrochen.
    .cost = Schlüssel mit 40 Bit sind im Nu gebrochen.
warning-stateful = Warnung: Zustandsbehaftete Verschlüsselung ist erlaubt. Sie ist schwächer und leidet unter jedem verlorenen Paket.
    .cost = Schwächer, und sie leidet unter jedem verlorenen Paket.
warning-no-guard = Warnung: Immer wenn die Verbindung abbricht, geht Ihr Datenverkehr an ihr vorbei, auf dem Weg lesbar.
    .cost = Ohne das geht Ihr Datenverkehr an einer abgebrochenen Verbindung vorbei, auf dem Weg lesbar.
warning-ipv6 = Warnung: Was IPv6 benutzt, geht an der Verbindung vorbei.
    .cost = Ihr eigenes Netzwerk sieht, was es benutzt.
warning-lan = Warnung: Das lokale Netzwerk bleibt offen: Seine Geräte und dieser Computer können einander erreichen.
    .cost = Wer sonst in diesem Netzwerk ist, erreicht diesen Computer.
warning-dns = Warnung: Die Namen, die Sie nachschlagen, gehen an der Verbindung vorbei. Ihr eigenes Netzwerk kann sehen, welche Seiten Sie besuchen.
    .cost = Ihr eigenes Netzwerk kann sehen, welche Seiten Sie besuchen.
warning-pap = Warnung: PAP gibt Ihr Kennwort im Klartext jedem, der antwortet.
    .cost = Gibt Ihr Kennwort im Klartext jedem, der antwortet.
warning-chap-md5 = Warnung: Bei CHAP beweist der Server nichts, und es gibt keine Verschlüsselung.
    .cost = Der Server beweist nichts, und es gibt keine Verschlüsselung.
warning-ms-chap-v1 = Warnung: Bei MS-CHAPv1 beweist der Server nichts, und Ihr Kennwort lässt sich aus dem Gesendeten errechnen.
    .cost = Der Server beweist nichts, und Ihr Kennwort lässt sich aus dem Gesendeten errechnen.

## What can't be asked

no-password = Ein Kennwort wird gebraucht. Rufen Sie dies in einem Terminal auf, oder geben Sie es mit --password-stdin.
no-password-line = Auf der Standardeingabe kam kein Kennwort an.
password-line-unusable = Was auf der Standardeingabe kam, ist kein Kennwort: Es ist eine Zeile von 1 bis 1024 Bytes in UTF-8.
helper-not-running = Der Netzwerkdienst von Culvert läuft nicht.
    .remedy = Starten Sie ihn in einem anderen Terminal: sudo { $program }. Geht seitdem das Internet nicht, kann das sein Schutz sein. Das gibt das Netzwerk zurück: sudo { $program } --reset
helper-not-allowed = Der Netzwerkdienst von Culvert bedient nur root und die Person, die ihn gestartet hat.
    .remedy = Versuchen Sie dasselbe mit sudo.
    .window = Fragen Sie den Administrator dieses Computers.
helper-untrusted = Es ist nicht sicher, dass { $path } zum Netzwerkdienst von Culvert führt: { $why }.
    .remedy = Es wurde nichts gesendet. Sagen Sie es dem Administrator dieses Computers.
helper-impostor = Was an { $socket } lauscht, ist nicht der Netzwerkdienst von Culvert: Es gehört einem anderen Benutzer.
    .remedy = Es wurde ihm nichts gesendet. Sagen Sie es dem Administrator dieses Computers.
helper-other-version = Der Netzwerkdienst von Culvert hat eine andere Version als dieses Programm.
    .remedy = Starten Sie den Dienst neu, oder aktualisieren Sie beide.
helper-lost = Der Netzwerkdienst von Culvert hat die Verbindung abgebrochen.
    .remedy = Sehen Sie in seinem Protokoll nach, und starten Sie ihn wieder.
helper-ending = Der Netzwerkdienst von Culvert fährt gerade herunter.
    .remedy = Versuchen Sie es noch einmal, sobald er läuft.
other-vpn = Es ist { $name }.
vpn-wireguard = WireGuard
vpn-openvpn = OpenVPN
vpn-tun = OpenVPN oder etwas Ähnliches
vpn-ppp = PPTP, L2TP oder SSTP
vpn-ipsec = IPsec
vpn-plain = ein Tunnel ohne Verschlüsselung
managed-none = Auf diesem Computer hat kein Administrator ein Profil eingerichtet.
managed-unusable = Das ist nicht zu gebrauchen: { $why }
managed-at-boot = { $id }: { $name }, { $user } bei { $server }; verbunden vom Start des Computers an
managed-manual = { $id }: { $name }, { $user } bei { $server }
managed-unknown = Auf diesem Computer hat kein Administrator ein Profil dieses Namens eingerichtet.
    .remedy = Ihre Namen zeigt: culvert managed
    .window = Fragen Sie Ihre Organisation.
not-kept = Culvert konnte das nicht auf dem Datenträger dieses Computers festhalten und hat nichts geändert.
    .remedy = Schaffen Sie Platz auf dem Datenträger mit /var/lib, oder sehen Sie nach, warum er nicht zu beschreiben ist, und versuchen Sie es noch einmal.
helper-silent = Der Netzwerkdienst von Culvert antwortet nicht.
    .remedy = Sehen Sie in seinem Protokoll nach, und starten Sie ihn wieder.
helper-trouble = Der Netzwerkdienst von Culvert lässt sich nicht fragen: { $reason }.
busy = Es besteht schon eine Verbindung: { $name }.
    .remedy = Beenden Sie sie zuerst: culvert disconnect
    .window = Beenden Sie sie zuerst.
busy-other = Eine andere Person an diesem Computer ist verbunden.
    .remedy = Warten Sie, oder beenden Sie jene Verbindung (dazu braucht es einen Administrator): culvert disconnect
    .window = Warten Sie, oder lassen Sie jene Verbindung von einem Administrator beenden.
other-connected = Eine andere Person an diesem Computer ist verbunden.
other-connecting = Eine andere Person an diesem Computer verbindet sich gerade.
other-blocked = Die Verbindung einer anderen Person ist abgebrochen, und nichts verlässt diesen Computer.
    .remedy = Diese Person oder ein Administrator kann das Netzwerk zurückgeben: culvert disconnect
    .window = Diese Person oder ein Administrator kann das Netzwerk zurückgeben.
denied-administrator = Dazu braucht es einen Administrator dieses Computers, und keiner hat zugestimmt.
    .remedy = Versuchen Sie es noch einmal mit dem Kennwort eines Administrators, oder dasselbe mit sudo.
    .window = Versuchen Sie es noch einmal mit dem Kennwort eines Administrators.
denied-remote = Sie sitzen nicht an diesem Computer (sondern kommen etwa über SSH): Aus der Ferne darf das nur ein Administrator oder ein Mitglied der Gruppe { $group }.
    .remedy = Versuchen Sie dasselbe mit sudo, oder lassen Sie sich von einem Administrator in die Gruppe { $group } aufnehmen.
    .window = Lassen Sie es einen Administrator tun, oder sich von ihm in die Gruppe { $group } aufnehmen.
denied-demanded = Eine Datei der Administration verlangt den Sperrmodus.
    .remedy = Nehmen Sie die Zeile `lockdown` aus dieser Datei in /etc/culvert/managed.d: Das gilt sofort.
    .window = Fragen Sie den Administrator dieses Computers.
denied-weaker = Ein Administrator hat Verbindungen mit weniger als dem üblichen Schutz verboten.
    .remedy = Lassen Sie weg, was ihn schwächt, etwa --no-guard, --lan, --ipv6 leave, --leave-dns, schwächere Verschlüsselung oder andere Anmeldeverfahren; oder fragen Sie einen Administrator.
    .window = Wählen Sie das Übliche, wo eine Auswahl als schwächer bezeichnet ist, oder fragen Sie einen Administrator.
denied-forbidden = Die Regeln dieses Computers erlauben das von hier aus nicht.
    .remedy = Versuchen Sie es, wenn Sie an diesem Computer sitzen, oder mit sudo.
    .window = Versuchen Sie es, wenn Sie an diesem Computer sitzen.
denied-no-authority = Nichts auf diesem Computer kann sagen, wer das darf (polkit fehlt oder ist gestört): Nur root darf es.
    .remedy = Versuchen Sie dasselbe mit sudo.
    .window = Fragen Sie einen Administrator dieses Computers.
denied-no-authority-group = Nichts auf diesem Computer kann sagen, wer das darf (polkit fehlt oder ist gestört): Nur root darf es, oder ein Mitglied der Gruppe { $group }.
    .remedy = Versuchen Sie dasselbe mit sudo, oder lassen Sie sich von einem Administrator in die Gruppe { $group } aufnehmen.
    .window = Lassen Sie sich von einem Administrator in die Gruppe { $group } aufnehmen.
denied-too-slow = Ob Sie das dürfen, ließ sich nicht rechtzeitig herausfinden.
    .remedy = Versuchen Sie es noch einmal. Bleibt es so, lassen Sie polkit neu starten, oder versuchen Sie dasselbe mit sudo.
    .window = Versuchen Sie es noch einmal. Bleibt es so, sagen Sie es einem Administrator dieses Computers.
denied-already-asking = Sie werden gerade schon nach dem Kennwort eines Administrators gefragt.
    .remedy = Beantworten Sie zuerst diese Frage.
denied-unrecognised = Das fragende Programm ließ sich nicht erkennen.
    .remedy = Starten Sie es noch einmal.
unusable = { $field ->
        [name] Der Name der Verbindung ist nicht verwendbar: Er ist zu lang oder enthält Zeichen, die sich nicht anzeigen lassen.
        [username] Der Benutzername ist nicht verwendbar: Er ist leer, zu lang oder enthält Zeichen, die sich nicht anzeigen lassen.
        [domain] Die Domäne ist nicht verwendbar: Sie ist zu lang oder enthält Zeichen, die sich nicht anzeigen lassen.
        [password] Das Kennwort ist nicht verwendbar: Es ist zu lang.
        [port] Der Port ist nicht verwendbar: Er muss eine Zahl von 1 bis 65535 sein.
        [auth] Es ist kein Anmeldeverfahren erlaubt.
        [mtu] Das größte Paket kann nicht so groß oder so klein sein: 576 bis 1500 Byte sind möglich.
        [traffic] Es ist nicht zu erkennen, was durch die Verbindung geht: Es sind keine Netzwerke angegeben, oder zu viele.
        [dns] Die Nameserver sind nicht verwendbar: Es sind keine angegeben, zu viele, oder eine Adresse ist nicht die eines anderen Computers.
        [search_domains] Die Suchdomänen sind nicht verwendbar: Es sind zu viele, oder eine ist keine Domäne.
       *[other] Eine Einstellung ist nicht verwendbar: { $field }.
    }
ended-elsewhere = Die Verbindung wurde von jemand anderem beendet.

## Profiles

profiles-of-root = Dies sind die Profile von root, in { $path }, und nicht die der angemeldeten Person.
profiles-none = Es gibt noch keine Profile. Speichern Sie eines mit culvert profile add, oder übernehmen Sie welche mit culvert profile import
profile-weaker = (schwächer als üblich)
profile-unreadable = Ein Profil lässt sich nicht lesen und bleibt, wie es ist. { $reason }
    .remedy = Berichtigen Sie die Datei mit einem Editor, oder entfernen Sie sie.
profile-unknown = Es gibt kein Profil namens { $name }. Es gibt:
profile-gone = Das Profil wurde inzwischen entfernt.
profile-changed = Ein anderes Programm hat das Profil inzwischen geändert.
    .remedy = Sehen Sie es sich an, und versuchen Sie es noch einmal.
profile-trouble = Die Profile lassen sich nicht lesen oder schreiben. { $reason }
    .remedy = Es wurde nichts geändert. Sehen Sie nach, ob der Datenträger voll oder schreibgeschützt ist, und versuchen Sie es noch einmal.
profile-wrong = Das ist nicht möglich: { $reason }.
profile-saved = { $name } ist gespeichert.
profile-removed = { $name } und das Kennwort dazu sind entfernt.
profile-kept = { $name } bleibt.
ask-server = Server (Name oder Adresse):
ask-user = Benutzername:
ask-remove = { $name } und das Kennwort dazu entfernen? [j/N]
ask-import-user = Benutzername für { $name } (nichts: wird nicht gespeichert):
ask-import = Diese speichern? [j/N]
ask-import-password = Falls NetworkManager in Ihrem Schlüsselbund ein Kennwort für { $name } hat: es für { $server } übernehmen? [j/N]
answer-yes = j ja
imported = { $some } von { $all } importiert.
import-found = { $name }: { $user } bei { $server }
import-found-nobody = { $name }: { $server }, ohne Benutzernamen
import-kept = Bedeutet hier nichts, bleibt aber für einen Export in dasselbe Programm erhalten: { $keys }
import-more = { $keys } und { $more } weitere
import-changed = Zeile { $line }, { $key }: übernommen, aber { $reason }
import-ignored = Weggelassen, denn { $reason }: { $keys }
import-password = Mit dem Kennwort
import-refused = Nicht { $name }: { $reason }
import-unread = { $path } ist nicht verwendbar: { $reason }.
import-keyring = NetworkManager hat vielleicht in Ihrem Schlüsselbund ein Kennwort für { $name }. Es wird nicht mitgenommen.
    .remedy = Um es mitzunehmen, importieren Sie noch einmal mit: --with-passwords
import-no-user = { $name } nennt keinen Benutzernamen und wird nicht gespeichert.
    .remedy = Nennen Sie einen mit: --user NAME
password-not-kept = Das Kennwort ist nicht gespeichert; Sie werden jedes Mal danach gefragt. { $reason }
password-not-read = Das gespeicherte Kennwort lässt sich nicht lesen. { $reason }
password-not-forgotten = Das Kennwort ist vielleicht noch im Schlüsselbund. { $reason }
keyring-unlock = Der Schlüsselbund ist gesperrt: Entsperren Sie ihn in dem Fenster, das gleich erscheint.
keyring-absent = Auf diesem Computer gibt es keinen Schlüsselbund, oder niemand ist bei ihm angemeldet.
    .remedy = Installieren Sie einen, etwa gnome-keyring oder KWallet, und melden Sie sich neu an.
keyring-locked = Der Schlüsselbund ist gesperrt.
    .remedy = Entsperren Sie ihn, und versuchen Sie es noch einmal.
keyring-refused = Der Schlüsselbund wurde nicht entsperrt.
keyring-slow = Der Schlüsselbund antwortet nicht.
    .remedy = Melden Sie sich neu an, und versuchen Sie es noch einmal.
keyring-broken = Der Schlüsselbund hat einen Fehler: { $why }.
passphrase-prompt = Passphrase der Datei:
passphrase-again = Noch einmal dieselbe:
passphrase-differs = Die beiden sind nicht gleich.
export-lost = { $name }: Die Datei kann { $field } nicht aufnehmen.
export-passwords = Wer diese Dateien bekommt, kann die Kennwörter darin lesen.
    .remedy = Geben Sie sie sonst niemandem, und entfernen Sie sie, wenn sie gelesen sind.

import-reason-runs-program = es würde ein Programm starten
import-reason-names-file = es nennt eine Datei, und die wird nicht geöffnet
import-reason-server-login = es verlangt, dass auch der Server sich hier anmeldet, und das tun Server nicht
import-reason-always = Culvert macht das immer so, wie es hier sein soll
import-reason-not-supported = Culvert hat nichts dergleichen
import-reason-unknown = niemand weiß, was es bedeutet
import-reason-only-ipv4 = PPTP befördert nur IPv4
import-reason-server-decides = darüber entscheidet der Server
import-reason-encryption-not-asked = es verlangte keine Verschlüsselung: Jetzt wird sie benutzt, wo der Server sie hat
import-reason-no-keys = eine solche Anmeldung ergibt keine Schlüssel, und Verschlüsselung ist verlangt
import-reason-automatic = „automatisch“ versucht auch andere Arten von VPN: Nur PPTP bleibt
import-reason-backslash = ein einzelner Backslash bedeutet für pppd etwas anderes: übernommen, wie es gemeint war
import-reason-only-eap = es verlangt EAP: Die dort übliche Art, MS-CHAPv2, wird benutzt
import-reason-placeholder = es enthält einen Platzhalter für Ihren eigenen Namen: Ändern Sie ihn, bevor Sie sich verbinden
import-reason-switched-off = es war dort ausgeschaltet
import-reason-out-of-range = einen solchen Wert kann es nicht geben: übernommen wie üblich
import-reason-host-bits = die Adresse hat Bits jenseits der Länge des Netzwerks: übernommen als das Netzwerk um sie herum
import-reason-repeated = eine andere Zeile sagt es schon

import-refusal-unknown = nichts darin sieht nach einer Verbindung eines Programms aus, das Culvert kennt
import-refusal-too-long = es ist zu lang, um Verbindungen zu enthalten
import-refusal-too-many = es sind mehr als 1000 Verbindungen
import-refusal-not-text = es ist kein Text
import-refusal-other-vpn = es ist eine andere Art von VPN ({ $kind }); Culvert spricht nur PPTP
import-refusal-no-server = es steht nicht darin, wo der Server ist
import-refusal-server = { $why }
import-refusal-syntax = Zeile { $line }: { $why }
import-refusal-field = { $field ->
        [name] der Name
        [username] der Benutzername
        [domain] die Domäne
        [password] das Kennwort
        [port] der Port
        [auth] die Auswahl der Anmeldeverfahren
        [mtu] die Paketgröße
        [traffic] die Liste der Netzwerke
        [dns] die Liste der Nameserver
        [search_domains] die Liste der Suchdomänen
       *[other] { $field }
    } ist nicht verwendbar
import-refusal-no-login = es erlaubt keine Anmeldung, die PPTP hat
import-refusal-newer = ein späteres Culvert hat es geschrieben: Aktualisieren Sie dieses
import-refusal-encrypted = es ist verschlüsselt, und die Passphrase wurde nicht genannt
import-refusal-wrong-passphrase = die Passphrase ist falsch, oder die Datei wurde verändert
import-refusal-only-secrets = es enthält Kennwörter und keine Verbindung; importieren Sie es zusammen mit der Datei in /etc/ppp/peers

format-culvert = Culvert
format-networkmanager = NetworkManager (Linux)
format-netplan = netplan (Ubuntu)
format-connman = ConnMan (Linux)
format-phonebook = Windows-Telefonbuch (rasphone.pbk)
format-powershell = Windows-PowerShell-Skript
format-mobileconfig = Profil für macOS und iOS
format-pppd = pppd (Linux und Unix)
format-routeros = MikroTik RouterOS
format-uci = OpenWrt
format-mail = Eine E-Mail

## The window: states

title-connected = Culvert: verbunden
state-starting = Einen Moment …
state-nothing = Nicht verbunden
state-disconnected = Nicht verbunden
server-and-user = { $server } · { $user }
state-connecting = Verbinden mit { $name }
state-password = Kennwort für { $name }
state-connected = Verbunden mit { $name }
state-no-internet = Verbunden, aber ohne Internet
state-up = Verbunden seit { $span }.
goes-all = Der ganze Datenverkehr dieses Computers geht hindurch.
goes-only = Nur das Büronetz geht hindurch.
weak-none = Nicht verschlüsselt: Jeder auf dem Weg kann mitlesen.
weak-cipher = Schwache Verschlüsselung
state-reconnecting = Neu verbinden mit { $name }
nothing-leaves = Bis die Verbindung zurück ist, geht nichts hinaus.
everything-leaves = Bis die Verbindung zurück ist, geht alles am VPN vorbei.
part-leaves = Bis die Verbindung zurück ist, geht nichts in dieses Netz. Alles andere geht seinen gewohnten Weg.
still-waiting = Es dauert noch: { $stage } …
password-try = Versuch { $number }: Nach wenigen falschen werden Konten oft gesperrt.
caps-lock = Die Feststelltaste ist an.
button-forget = Das gespeicherte Kennwort vergessen
trying-in = Nächster Versuch in { $seconds } s.
trying-now = Der Versuch läuft.
trying-with-network = Dieser Computer hat kein Netzwerk. Culvert verbindet wieder, sobald er eines hat.
nothing-lost = Keine Verbindung wartet auf einen neuen Versuch.
state-blocked = Das Internet ist angehalten
state-lost = { $name } ist nicht verbunden
state-blocked-line = Die Verbindung mit { $name } ist abgebrochen. Bis sie zurück ist, geht nichts hinaus.
state-lockdown = Internet nur durch das VPN
state-lockdown-line = Der Sperrmodus ist an: Nur durch ein VPN verlässt etwas diesen Computer.
state-lockdown-assumed = Der Sperrmodus ist zur Sicherheit an: Culverts Notizen auf diesem Computer sind beschädigt, und vielleicht stand es darin.
state-disconnecting = Wird getrennt …
state-other = Jemand anderes ist verbunden
state-other-line = Der ganze Datenverkehr dieses Computers geht durch jene Verbindung.
set-up-by-others = Von Ihrer Organisation eingerichtet.
set-up-for-good = Nur ein Administrator kann sie beenden.
state-missing = Ein Teil fehlt
state-missing-line = Culvert braucht seinen Netzwerkdienst, und der ist nicht auf diesem Computer.
state-stopped = Der Netzwerkdienst ist angehalten
state-stopped-line = Culvert verbindet sich über ihn.
helper-not-started = Er ließ sich nicht starten: { $why }.
    .remedy = Fragen Sie, wer diesen Computer betreut, oder geben Sie ein: sudo systemctl start culvertd.socket
state-older = Aktualisierung nicht fertig
state-older-line = Der Netzwerkdienst von Culvert ist älter als dieses Fenster. Starten Sie ihn neu: Das beendet eine Verbindung.
state-newer = Culvert wurde aktualisiert
state-newer-line = Dieses Fenster ist älter als der Netzwerkdienst von Culvert. Schließen Sie es und öffnen Sie es wieder: Die Verbindung bleibt.
state-not-allowed = Der Netzwerkdienst antwortet Ihnen nicht
low-protection-short = Geringer Schutz: warum?

## The window: buttons and fields

button-connect = Verbinden
button-disconnect = Trennen
button-cancel = Abbrechen
button-continue = Weiter
button-try-again = Noch einmal versuchen
button-try-now = Jetzt versuchen
button-other-password = Kennwort neu eingeben
button-without = Internet ohne VPN benutzen
button-start = Starten
button-add = Verbindung hinzufügen
button-save-for-later = Für später speichern
button-back = Zurück
ask-quit = Verbindung mit { $name } behalten?
ask-quit-line = Die Verbindung bleibt auch ohne dieses Fenster bestehen. Um sie zu trennen, öffnen Sie Culvert wieder.
button-keep-and-quit = Verbunden bleiben und beenden
button-disconnect-and-quit = Trennen und beenden
ask-switch = Stattdessen mit { $name } verbinden?
ask-switch-line = { $name } wird vorher getrennt.
button-switch = Wechseln
button-fix = Beheben …
button-copy = Für Helfer kopieren
button-copied = Kopiert
switch-only-faults = Nur, was nicht ging
title-activity = Was geschehen ist
button-end-other = Jene Verbindung beenden …
button-lockdown-off = Sperrmodus ausschalten …
button-sign-in = Anmeldeseite öffnen
state-sign-in = Melden Sie sich erst in diesem Netzwerk an
state-sign-in-line = Hotels, Züge und Flughäfen verlangen das. Culvert lässt diesen Computer fünf Minuten lang zur Anmeldeseite durch, und zu nichts anderem.
page-not-opened = Es ließ sich kein Browser öffnen: { $why }.
button-details = Einzelheiten
button-less = Weniger Einzelheiten
title-add = Ihre Verbindung hinzufügen
field-server = Server
field-user = Benutzername
field-user-help = So, wie Sie ihn bekommen haben, auch BUERO\anna.
field-password = Kennwort
field-password-help = Darf leer bleiben: Dann werden Sie gefragt.
field-pasted = Was Ihnen geschickt wurde
field-pasted-help = Fügen Sie die ganze E-Mail ein: Was erkannt wird, füllt die Felder darunter. Gespeichert ist damit noch nichts.
pasted-found = Erkannt: { $fields }. Sehen Sie nach, ob es stimmt.
pasted-nothing = Nichts wurde erkannt. Es muss eine Zeile geben wie: Server: vpn.example.com
pasted-refused = Das ist nicht verwendbar: { $reason }.
button-paste = Erhaltenes einfügen
title-import = Verbindungen übernehmen
import-hint = Wählen Sie Dateien anderer Programme, oder ziehen Sie sie auf dieses Fenster. Sie sehen, was darin ist, bevor etwas gespeichert wird.
import-formats = Dateien von: { $formats }.
import-used = Verwendet: { $keys }
import-not = Nicht übernommen
button-choose-files = Dateien wählen …
button-import-files = Importieren …
button-save = Speichern
button-import = { $count } von { $all } speichern
button-open = Öffnen
button-done = Fertig
field-passphrase = Passphrase der Datei
field-passphrase-help = Sie verschließt die Datei: Ohne sie kann niemand die Kennwörter lesen. Sie brauchen sie dort, wo Sie die Datei importieren.
title-export = Exportieren
export-for = Für welches Programm?
exported = Geschrieben
field-directory = Ordner
button-choose-directory = Ordner wählen …
button-export = Exportieren …
switch-passwords = Mit dem Kennwort
switch-keyring = Das Kennwort mitnehmen, das NetworkManager hat, für { $server }
no-chooser = Diese Arbeitsumgebung hat kein Fenster zum Wählen von Dateien.
    .remedy = Ziehen Sie die Dateien auf dieses Fenster, oder geben Sie in einem Terminal ein: culvert profile import DATEI
switch-all = Alle
switch-strong = So stark, wie PPTP sein kann (manche Server lehnen das ab)
switch-show = Kennwort anzeigen
switch-keep = Im Schlüsselbund dieses Computers merken

## The window: how safe is this?

title-safety = Wie sicher ist das?
low-protection-title = Geringer Schutz
safety-near = PPTP verbirgt Ihren Datenverkehr vor Leuten im selben WLAN.
safety-owner = Der Betreiber des Servers sieht, welche Seiten Sie besuchen.
safety-later = Wer es darauf anlegt, kann Ihren Datenverkehr aufzeichnen und später lesen: Die Anmeldung lässt sich innerhalb eines Tages brechen, und damit die Verschlüsselung.
safety-not-for = Allein ist es nichts für E-Mail, Bankgeschäfte oder Geheimnisse. Seiten und Programme, die selbst verschlüsseln (https, SSH), bleiben, wie sie sind.
safety-instead = Worum Sie stattdessen bitten können
safety-instead-line = Wer den Server betreibt, kann etwas Besseres anbieten, oft auf demselben Gerät. Das können Sie ihm schicken:
safety-ask = Unser VPN benutzt noch PPTP, das sich brechen lässt und aus macOS, iOS und Android verschwunden ist. Könnten Sie daneben WireGuard oder IKEv2/IPsec anbieten, damit ich wechseln kann?
button-copy-sentence = Kopieren
title-kinds = Arten von VPN
column-kind = Art
column-security = Sicherheit
column-speed = Tempo
column-setup = Einrichtung
column-systems = Läuft auf
kind-pptp = PPTP
    .security = Gering: Anmeldung und Verschlüsselung sind seit Langem gebrochen.
    .speed = Schnell: Es gibt wenig zu rechnen.
    .setup = Einfach: Server, Benutzername, Kennwort. Manche Netzwerke sperren es.
    .systems = Windows und Linux; alte Router und Server.
kind-l2tp = L2TP/IPsec
    .security = Gut mit einem Zertifikat oder langen Schlüssel; gering, wo alle den gemeinsamen Schlüssel kennen.
    .speed = Mittel: Alles wird doppelt verpackt.
    .setup = Mittel: ein Schlüssel oder Zertifikat neben dem Kennwort.
    .systems = Windows, macOS, iOS; Linux mit einem Paket.
kind-sstp = SSTP
    .security = Gut: verschlüsselt wie Webseiten (TLS).
    .speed = Mittel; langsam, wo Pakete verloren gehen.
    .setup = Einfach, und kommt durch fast jedes Netzwerk.
    .systems = Windows; andere mit einem Programm.
kind-openvpn = OpenVPN
    .security = Gut: TLS, und seit vielen Jahren untersucht.
    .speed = Mittel; schnell mit Hilfe des Kernels.
    .setup = Einfach mit der Datei, die der Betreiber des Servers schickt.
    .systems = Alle Systeme, mit einem Programm.
kind-ikev2 = IKEv2/IPsec
    .security = Gut.
    .speed = Schnell; bleibt bestehen, wenn das Netzwerk wechselt.
    .setup = Mittel: Der Server braucht ein Zertifikat.
    .systems = Windows, macOS, iOS, Android; Linux mit einem Paket.
kind-ipsec = IPsec allein
    .security = Gut, wenn es gut eingerichtet ist, ohne die alten Verfahren.
    .speed = Schnell.
    .setup = Schwer: Viele Einstellungen müssen auf beiden Seiten gleich sein.
    .systems = Router, Firewalls und Server, meist zwischen Büros.
kind-wireguard = WireGuard
    .security = Gut: modern, und klein genug, um ganz untersucht zu werden.
    .speed = Schnell; sofort wieder da, wenn das Netzwerk wechselt.
    .setup = Einfach: eine Datei oder ein Bild zum Scannen.
    .systems = Linux von sich aus; alle anderen mit einem Programm.
kind-softether = SoftEther
    .security = Gut: TLS.
    .speed = Mittel bis schnell.
    .setup = Mittel: ein Server mit vielen Optionen.
    .systems = Windows, Linux, macOS, FreeBSD, mit einem Programm.
title-places = Wo PPTP noch läuft
place-windows = Windows
    .works = Ja: in Windows 10 und 11 eingebaut.
place-windows-server = Windows Server
    .works = Nicht mehr lange: Microsoft hat es im Oktober 2024 für veraltet erklärt, und ein neuer Windows Server 2025 nimmt PPTP nur auf Anweisung an.
place-macos = macOS
    .works = Nicht mehr seit macOS 10.12 (September 2016).
place-ios = iPhone und iPad
    .works = Nicht mehr seit iOS 10 (September 2016).
place-android = Android
    .works = Keine neuen Verbindungen seit Android 12 (Oktober 2021).
place-linux = Linux
    .works = Mit Culvert, oder mit einem Plugin für NetworkManager.
places-date = Stand: November 2026.

## The window: settings

title-settings = Einstellungen
title-general = Allgemein
field-appearance = Aussehen
appearance-system = Wie der Desktop
appearance-light = Hell
appearance-dark = Dunkel
field-language = Sprache
language-system = Wie das System
field-scale = Größe von Schrift und allem anderen
text-scale = { $percent } %
button-smaller = Kleiner
button-larger = Größer
settings-not-kept = Das ließ sich nicht merken: { $reason }.
title-protection = Leckschutz
protection-closed = Zurzeit verlässt nichts diesen Computer am VPN vorbei.
protection-open = Zurzeit geht der Verkehr am VPN vorbei, wenn es ausfällt: Bei dieser Verbindung ist der Schutz ausgeschaltet.
protection-none = Zurzeit ist nichts gesperrt: Das Internet ist so wie ohne Culvert.
switch-lockdown = Internet nur über ein VPN
switch-lockdown-line = Sperrmodus: Nichts verlässt diesen Computer außer über ein VPN, ob verbunden oder nicht, auch nach einem Neustart. Umschalten kann das nur jemand, der diesen Computer verwaltet.
title-data = Ihre Daten
button-export-all = Alles exportieren …
button-remove-all = Alle Verbindungen und Kennwörter entfernen
button-keep-all = Behalten
ask-remove-all = Alle Ihre Verbindungen werden entfernt, samt den gespeicherten Kennwörtern. Das lässt sich nicht rückgängig machen. Eine bestehende Verbindung bleibt bestehen.
removed = Entfernt: { $count }.
removed-not = Einige sind noch da: { $reason }.
title-repair = Das Netzwerk reparieren
repair-line = Falls das Internet nach Culvert nicht zurückkommt: Dies beendet jede Verbindung, schaltet den Sperrmodus aus und nimmt alles zurück, was Culvert am Netzwerk dieses Computers geändert hat.
repair-by-hand = Auf der Kommandozeile, auch wo sich dieses Fenster nicht öffnet: culvert reset
button-repair = Netzwerk jetzt reparieren

## The window: a connection is changed

button-edit = Bearbeiten …
button-look = Einstellungen ansehen …
button-duplicate = Duplizieren
button-delete = Löschen
button-undo = Rückgängig machen
button-office-only = Nur für das Büronetz benutzen
button-save-and-reconnect = Speichern und jetzt neu verbinden
button-do-not-save = Nicht speichern
button-keep-editing = Weiter bearbeiten
button-load-anew = Zeigen, was jetzt da ist
button-save-mine = Meines darüber speichern
button-change-password = Kennwort ändern
button-forget-password = Gespeichertes vergessen
button-keep-password = Behalten
button-default = Standard benutzen
button-stronger = Schützt weniger als üblich: wo?
button-edit-login = Anmeldeverfahren ändern …
button-edit-encryption = Verschlüsselung ändern …
button-edit-packets = Paketgröße ändern …
button-edit-server = Server ändern …
button-edit-user = Benutzernamen ändern …
title-others = Diese Verbindung
deleted = { $name } und das gespeicherte Kennwort sind gelöscht.
ask-unsaved = Änderungen an { $name } speichern?
ask-unsaved-line = Ohne Speichern sind sie verloren.
edit-later = { $name } ist verbunden. Was Sie ändern, gilt ab dem nächsten Verbinden.
edit-changed = Ein anderes Programm hat diese Verbindung inzwischen geändert.
edit-removed = Ein anderes Programm hat diese Verbindung inzwischen entfernt. Speichern legt sie neu an; dann braucht sie ihr Kennwort wieder.
edit-forbidden = Der Administrator dieses Computers erlaubt hier nichts, was weniger als üblich schützt.
edit-default = { $help } · Standard
managed-by = Von Ihrer Organisation eingerichtet. Nur ein Administrator dieses Computers kann sie ändern.
managed-for-good = Von Ihrer Organisation eingerichtet und vom Start des Computers an verbunden. Nur ein Administrator kann sie ändern oder beenden.
field-name = Name
field-name-help = Wie Sie sie nennen. Bleibt das leer, heißt sie wie der Server.
field-server-help = Sein Name oder seine Adresse. Ein anderer Port als 1723 kommt hinter einen Doppelpunkt.
password-is-kept = Es ist eines gespeichert.
password-forgets = Das gespeicherte wird beim Speichern vergessen.
password-change-help = Bleibt das leer, bleibt das gespeicherte.
field-password-kept = Woher das Kennwort kommt
password-keyring = Schlüsselbund dieses Computers
password-keyring-help = Einmal eingeben.
password-session = Nur diese Sitzung
password-session-help = Einmal eingeben; beim Abmelden wird es vergessen.
password-ask = Jedes Mal fragen
password-ask-help = Es wird nirgends gespeichert.
fold-login = Anmeldung
fold-encryption = Verschlüsselung
fold-network = Netzwerk
fold-reconnect = Wieder verbinden
fold-advanced = Für Kenner
value-standard = Standard
value-required128 = erforderlich, 128 Bit
value-required = erforderlich, auch mit kurzen Schlüsseln
value-preferred = wenn der Server sie hat
value-none = keine
value-all = der ganze Datenverkehr
value-only = nur das Büronetz
value-on = an
value-off = aus
value-unchanged = nichts geändert
value-changed = { $count } geändert
value-wrong = etwas darin ist nicht möglich
value-weaker = { $value } · schützt weniger als üblich
value-default = { $value } (Standard)
field-login = Anmeldeverfahren
    .help = Benutzt wird die beste, die auch der Server hat.
field-encryption = Wie gut verschlüsselt sein muss
    .help = Wo der Server das nicht kann, gibt es keine Verbindung.
switch-stateful = Zustandsbehaftete Verschlüsselung
    .help = Für alte Server, die keine andere haben.
field-traffic = Was durch die Verbindung geht
    .help = Was nicht, geht daran vorbei wie ohne VPN.
traffic-all = Alles durch das VPN
traffic-only = Nur das Büronetz
switch-classful = Das Netzwerk der Adresse, die der Server gibt
    .help = Wie Windows es macht: bei 10.1.2.3 alles, was mit 10. anfängt.
field-networks = Und diese Netzwerke
    .help = Mit Kommas dazwischen.
switch-lan = Drucker und Geräte in der Nähe
    .help = Lässt diesen Computer und sein eigenes lokales Netzwerk einander neben der Verbindung erreichen.
field-dns = Wer Namen nachschlägt
    .help = Solange sie verbunden ist.
dns-from-server = Die Nameserver, die der Server nennt
dns-own = Andere Nameserver
dns-leave = Wer es ohne VPN tut
field-name-servers = Nameserver
    .help = Ihre Adressen, mit Kommas dazwischen.
field-domains = Domänen des Büronetzes
    .help = Mit Kommas dazwischen. Wo nicht alles durch das VPN geht, werden nur Namen daraus dort nachgeschlagen.
switch-ipv6 = IPv6 am VPN vorbeilassen
    .help = PPTP befördert keines: Sonst ist es gesperrt.
switch-reconnect = Von selbst wieder verbinden
    .help = Wenn die Verbindung abbricht.
switch-guard = Nichts geht daran vorbei
    .help = Solange sie verbunden ist, und wenn sie abbricht, bis sie zurück ist oder Sie es anders sagen.
field-keepalive = Sekunden, bis bei Stille der Server gefragt wird
    .help = Ob er noch da ist. Bleibt das leer, wählt Culvert: 20.
field-servers = Andere Adressen des Servers
    .help = Nach der ersten versucht, mit Kommas dazwischen.
field-mtu = Größtes Paket, in Byte
    .help = Bleibt das leer, wählt Culvert. Wenn große Seiten hängen bleiben und kleine laden, versuchen Sie 1300.
switch-through = Darf durch ein anderes VPN laufen
    .help = Setzt voraus, dass etwas an der Verbindung vorbei darf (unter Wieder verbinden): Das andere tut es.
field-notes = Notizen
    .help = Was Sie sich merken wollen, etwa wen Sie fragen können.

## What was typed

typed-web-address = Hierher gehört nur der Name des Servers, ohne http:// und was danach kommt.
typed-server = Ein Server schreibt sich wie vpn.example.com oder 192.0.2.1.
typed-port = Ein Port ist eine Zahl von 1 bis 65535.
typed-empty = Das wird gebraucht.
typed-too-long = Das ist zu lang.
typed-control = Darin ist etwas, das man nicht sehen kann, etwa ein Zeilenumbruch.
typed-domain = Eine Domäne schreibt sich wie office.example.com.
typed-mtu = Eine Anzahl Byte von 576 bis 1500.
typed-keepalive = Eine Anzahl Sekunden von 5 bis 300.
typed-network = Ein Netzwerk schreibt sich wie 192.0.2.0/24.
typed-host-bits = Es sind Bits jenseits der Länge des Netzwerks gesetzt: Gemeint war wohl { $network }.
typed-name-server = Ein Nameserver ist eine Adresse wie 192.0.2.53.
typed-too-many = Es können höchstens { $most } sein.
typed-no-keys = Die Verschlüsselung nimmt ihre Schlüssel von MS-CHAP: Erlauben Sie MS-CHAPv2 unter Anmeldung, oder verzichten Sie hier auf Verschlüsselung.
