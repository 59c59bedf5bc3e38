# SPDX-License-Identifier: Apache-2.0
# Procedure pages by rule, the same ones each time: awk -v count=100000 -v dir=DIR -f pages.awk
# Page N has the code of its number (A0000 to J9999, in the form of HCPCS) and words chosen by it; about 2 KB, in folders of 1000.

function pick(list, salt, words, many) {
	many = split(list, words, "|")
	return words[(number * 31 + salt * 17 + int(number / 7)) % many + 1]
}

function amount(low, span, salt) { return low + (number * 13 + salt * 7) % span }

function say(line) { print line >page }

function part(heading) { say(""); say(heading); say("") }

function steps(many, i) {
	part("Procedure Description")
	for (i = 1; i <= many; i++)
		say("Step " i ": " pick(acts, i) ": The " pick(sites, i + 3) " is " pick(done, i + 5) " over " amount(2, 30, i) " minutes.")
}

function list(heading, words, many, i) {
	part(heading)
	for (i = 1; i <= many; i++) say("+ " pick(words, i) ", number " amount(1, 900, i))
}

function write_page(title) {
	title = pick(acts, 1) " of the " pick(sites, 2) " by way " number
	say(title)
	part("Name of the Procedure"); say(title)
	part("Summary")
	say("The " pick(sites, 3) " is " pick(done, 4) " so that " pick(aims, 5) ". Method " number " is one of many made by rule.")
	part("Purpose"); say("Goals: " pick(aims, 6))
	list("Indications", signs, 2 + number % 4)
	part("Preparation"); say("+ Nothing to eat for " amount(4, 8, 9) " hours before"); say("+ Bring the list of " pick(tools, 7))
	steps(3 + number % 6)
	list("Equipment", tools, 2 + number % 3)
	part("Anesthesia"); say(number % 2 ? "Local anesthesia" : "General anesthesia")
	part("Duration"); say("Typical duration: " amount(10, 20, 1) "-" amount(40, 50, 2) " minutes")
	part("Setting"); say("+ " pick(places, 8))
	part("Personnel"); say("+ " pick(people, 9)); say("+ Assistant as needed")
	list("Risks", harms, 2 + number % 3)
	part("Recovery"); say("+ Light work after " amount(1, 6, 3) " weeks"); say("+ Full strength after " amount(7, 20, 4) " weeks")
	list("Alternatives", ways, 1 + number % 3)
}

BEGIN {
	acts = "Opening|Rinsing|Measuring|Stitching|Removal|Inspection|Widening|Draining|Fixing|Testing|Renewal"
	sites = "wrist|shoulder|left ear|outer canal|third rib|knee|lower back|upper jaw|heel|elbow|eyelid|hip|thumb"
	done = "opened|rinsed|measured|held|inspected|divided|closed|marked|cooled"
	aims = "pain goes away|movement comes back|the cause is known|the wound closes|sleep is possible again"
	signs = "Pain at night|Weak grip|Stiff in the morning|Swelling|No use of splints|Numb skin|Noise while moving"
	tools = "Retractor|Soft tube|Lamp|Needle holder|Screen|Clamp|Pump|Small saw"
	places = "Day surgery|Office with a procedure room|Hospital|Specialist's practice"
	people = "Surgeon|Nurse|Technician|Physician"
	harms = "Bruise|Tender scar|Fever|Bleeding|Loose thread|Cold fingers"
	ways = "Wait and see|Splint|Exercises|Tablets|Injection"
	for (number = 0; number < count; number++) {
		folder = sprintf("%s/%03d", dir, int(number / 1000))
		if (number % 1000 == 0 && system("mkdir -p " folder) != 0) exit 1
		page = sprintf("%s/procedure-%c%04d.txt", folder, 65 + int(number / 10000), number % 10000)
		write_page()
		close(page)
	}
}
