"""Small files in the shapes that modelers export, written by us: who writes which prefix, wrapper and extension.

`ACCEPTED` must run from start to end; `REFUSED` maps a name to the text and the codes that must be among its reasons.
"""

from __future__ import annotations

import itertools

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SPACES = {
    "bpmn": BPMN,
    "bpmn2": BPMN,
    "semantic": BPMN,
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "camunda": "http://camunda.org/schema/1.0/bpmn",
    "zeebe": "http://camunda.org/schema/zeebe/1.0",
    "modeler": "http://camunda.org/schema/modeler/1.0",
    "flowable": "http://flowable.org/bpmn",
    "activiti": "http://activiti.org/bpmn",
    "drools": "http://www.jboss.org/drools",
    "signavio": "http://www.signavio.com",
    "bizagi": "http://www.bizagi.com/bpmn20",
    "triso": "http://www.trisotech.com/2015/triso/modeling",
    "spiffworkflow": "http://spiffworkflow.org/bpmn/schema/1.0/core",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
}


def definitions(body: str, *, prefix: str = "bpmn", head: str = "", tail: str = "", attributes: str = "") -> str:
    """A document whose own elements are written `<b:…>` in `body`, `head` and `tail`. Prefix "": default namespace."""
    declared = " ".join(f'xmlns:{name}="{uri}"' for name, uri in SPACES.items())
    if not prefix:
        declared += f' xmlns="{BPMN}"'
    text = f'<b:definitions {declared} id="d" targetNamespace="urn:uji" {attributes}>\n{head}\n{body}\n{tail}\n</b:definitions>'
    own = f"{prefix}:" if prefix else ""
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + text.replace("<b:", f"<{own}").replace("</b:", f"</{own}")


def process(*parts: str, attributes: str = 'isExecutable="true"', key: str = "p") -> str:
    return f'<b:process id="{key}" {attributes}>\n' + "\n".join(parts) + "\n</b:process>"


def flow(source: str, target: str, condition: str = "", *, attributes: str = "") -> str:
    inner = f'<b:conditionExpression xsi:type="bpmn:tFormalExpression" {attributes}>{condition}</b:conditionExpression>'
    return f'<b:sequenceFlow id="f_{source}_{target}" sourceRef="{source}" targetRef="{target}">{inner if condition else ""}</b:sequenceFlow>'


def line(*ids: str) -> str:
    return "\n".join(flow(a, b) for a, b in itertools.pairwise(ids))


def user(key: str, inner: str = "", attributes: str = "") -> str:
    return f'<b:userTask id="{key}" name="Tugas {key}" {attributes}>{inner}</b:userTask>'


def event(kind: str, key: str, inner: str = "", attributes: str = "") -> str:
    return f'<b:{kind} id="{key}" {attributes}>{inner}</b:{kind}>'


def timer(text: str, kind: str = "timeDuration") -> str:
    return f'<b:timerEventDefinition><b:{kind} xsi:type="bpmn:tFormalExpression">{text}</b:{kind}></b:timerEventDefinition>'


def extension(inner: str) -> str:
    return f"<b:extensionElements>{inner}</b:extensionElements>"


S, E = '<b:startEvent id="s"/>', '<b:endEvent id="e"/>'
MESSAGE = '<b:message id="M" name="kabar"/>'


def simple(task: str = "", *, key: str = "u", more: str = "", **options: str) -> str:
    """start → one task → end."""
    return definitions(process(S, task or user(key), E, line("s", key, "e"), more), **options)


def choice(condition: str, *, attributes: str = "", **options: str) -> str:
    """start → user → x? → user v or the default → end."""
    return definitions(
        process(
            S,
            user("u"),
            '<b:exclusiveGateway id="g" default="f_g_e"/>',
            user("v"),
            E,
            line("s", "u", "g", "e"),
            flow("g", "v", condition, attributes=attributes),
            line("v", "e"),
        ),
        **options,
    )


def boundary(definition: str, *, attributes: str = "", head: str = "") -> str:
    return definitions(
        process(
            S, user("u"), event("boundaryEvent", "b", definition, f'attachedToRef="u" {attributes}'), user("v"), E,
            event("endEvent", "e2"), line("s", "u", "e"), line("b", "v", "e2"),
        ),
        head=head,
    )  # fmt: skip


def catching(definition: str, *, head: str = MESSAGE) -> str:
    return definitions(
        process(S, user("u"), event("intermediateCatchEvent", "c", definition), E, line("s", "u", "c", "e")), head=head
    )


def lanes(prefix: str = "bpmn") -> str:
    """Two lanes in a pool, a black box beside it, a message flow; indented as some modelers do."""
    lane = '<b:lane id="{0}" name="{1}"><b:flowNodeRef>\n        {2}\n      </b:flowNodeRef></b:lane>'
    return definitions(
        process(
            "<b:laneSet>" + lane.format("l1", " asn ", "u") + lane.format("l2", "atasan", "v") + "</b:laneSet>",
            S, user("u"), user("v"), E, line("s", "u", "v", "e"),
        ),
        prefix=prefix,
        head='<b:collaboration id="k"><b:participant id="pt" name="Kota" processRef="p"/><b:participant id="bb" name="Warga"/>'
        '<b:messageFlow id="mf" sourceRef="u" targetRef="bb"/></b:collaboration>',
        tail='<bpmndi:BPMNDiagram id="dg"><bpmndi:BPMNPlane id="pl" bpmnElement="k"><bpmndi:BPMNShape id="u_di" bpmnElement="u">'
        '<dc:Bounds x="1,5" y="NaN" width="100" height="80"/></bpmndi:BPMNShape></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>',
    )  # fmt: skip


def sub(inner: str, *, kind: str = "subProcess", attributes: str = "", key: str = "sub", more: str = "") -> str:
    return definitions(
        process(S, f'<b:{kind} id="{key}" {attributes}>{inner}</b:{kind}>', E, line("s", key, "e"), more)
    )


INNER = event("startEvent", "s1") + user("u") + event("endEvent", "e1") + line("s1", "u", "e1")
HANDLER = (
    '<b:subProcess id="h" triggeredByEvent="1"><b:startEvent id="hs" isInterrupting="0">'
    + timer("P1D")
    + "</b:startEvent>"
    + user("hu")
    + '<b:endEvent id="he"/>'
    + line("hs", "hu", "he")
    + "</b:subProcess>"
)
SPIFF_SERVICE = (
    '<b:serviceTask id="u">'
    + extension(
        '<spiffworkflow:serviceTaskOperator id="uji.apa" resultVariable="hasil"><spiffworkflow:parameters>'
        '<spiffworkflow:parameter id="nilai" type="str" value="x"/></spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>'
    )
    + "</b:serviceTask>"
)
CORRELATED = (
    '<b:collaboration id="k"><b:participant id="pt" processRef="p"/><b:correlationKey name="utama">'
    "<b:correlationPropertyRef>nomor</b:correlationPropertyRef></b:correlationKey></b:collaboration>"
    '<b:correlationProperty id="nomor" name="Nomor"><b:correlationPropertyRetrievalExpression messageRef="M">'
    "<b:formalExpression>nomor</b:formalExpression></b:correlationPropertyRetrievalExpression></b:correlationProperty>"
    '<b:message id="M" name="kabar">'
    + extension('<spiffworkflow:messagePayload>{\n"nomor": nomor,\n"x": x\n}</spiffworkflow:messagePayload>')
    + "</b:message>"
)
DATA = (
    '<b:userTask id="u" name="Isi"><b:ioSpecification><b:dataInput id="di" name="TaskName"/><b:inputSet><b:dataInputRefs>di'
    '</b:dataInputRefs></b:inputSet><b:outputSet/></b:ioSpecification><b:property id="pr" name="__targetRef_placeholder"/>'
    "<b:dataInputAssociation><b:sourceRef>dr</b:sourceRef><b:targetRef>pr</b:targetRef></b:dataInputAssociation>"
    "<b:dataOutputAssociation><b:targetRef>ds</b:targetRef></b:dataOutputAssociation></b:userTask>"
)
MANY = "<b:multiInstanceLoopCharacteristics {}>{}</b:multiInstanceLoopCharacteristics>"

ASSIGNMENT = (
    "<b:dataInputAssociation><b:targetRef>x</b:targetRef><b:assignment><b:from>{0}</b:from><b:to>x</b:to></b:assignment>"
    "</b:dataInputAssociation>"
)

ACCEPTED: dict[str, str] = {
    "bpmn.io": simple(attributes='exporter="bpmn-js (https://demo.bpmn.io)" exporterVersion="18.0.0"'),
    "default namespace": choice("x == 1", prefix=""),
    "bpmn2 prefix": choice("x != 1", prefix="bpmn2"),
    "semantic prefix": lanes("semantic"),
    "lanes, pool, message flow": lanes(),
    "camunda 7, literals only": simple(
        user("u", extension('<camunda:properties><camunda:property name="a" value="b"/></camunda:properties>'),
             'camunda:candidateGroups="keuangan" camunda:formKey="embedded:app:forms/isi.html" camunda:asyncBefore="true"'),
        attributes='exporter="Camunda Modeler" modeler:executionPlatform="Camunda Platform"',
    ),
    "camunda 8, a user task": simple(
        user("u", extension('<zeebe:userTask/><zeebe:formDefinition formId="isi"/>')), attributes='modeler:executionPlatform="Camunda Cloud"'
    ),
    "signavio": simple(
        user("u", extension('<signavio:signavioMetaData metaKey="bgcolor" metaValue="#ffffcc"/>')), attributes='expressionLanguage="http://www.w3.org/1999/XPath"'
    ),
    "bizagi with empty conditions": definitions(
        process(
            S, user("u", extension('<bizagi:BizagiExtensions><bizagi:BizagiProperties><bizagi:BizagiProperty name="bgColor" value="#ECEFFF"/>'
                                   "</bizagi:BizagiProperties></bizagi:BizagiExtensions>")), E,
            flow("s", "u", " "), flow("u", "e", "\n  "), "<b:extensionElements/>",
        ),
        prefix="",
    ),
    "flowable user with literal candidates": simple(
        user("u", "<b:potentialOwner><b:resourceAssignmentExpression><b:formalExpression>user(budi), group(umum)</b:formalExpression>"
             "</b:resourceAssignmentExpression></b:potentialOwner>", 'flowable:candidateUsers="budi,ani" activiti:priority="50"'),
        prefix="",
    ),
    "data objects, stores and sets": definitions(
        process('<b:dataObject id="do"/><b:dataObjectReference id="dr" dataObjectRef="do"/><b:dataStoreReference id="ds" dataStoreRef="st"/>',
                S, DATA, E, line("s", "u", "e")),
        head='<b:dataStore id="st" name="Arsip"/>',
    ),
    "jbpm, constants assigned to inputs": simple(
        user("u", ASSIGNMENT.format("<![CDATA[Isi renaksi]]>") + extension("<drools:metaData name='elementname'><drools:metaValue>Isi</drools:metaValue></drools:metaData>")),
        prefix="bpmn2",
    ),
    "a prefix in references": boundary('<b:messageEventDefinition messageRef="tns:M"/>', head=MESSAGE),
    "a message at the border": boundary('<b:messageEventDefinition messageRef="M"/>', head=MESSAGE, attributes='cancelActivity="0"'),
    "a timer at the border": boundary(timer("PT15M"), attributes='cancelActivity="false"'),
    "a timer cycle at the border": boundary(timer("R3/PT10H", "timeCycle"), attributes='cancelActivity="false"'),
    "a date by process data": catching(timer("batas", "timeDate")),
    "a quoted duration": catching(timer("&quot;P2DT12H&quot;")),
    "a date with an offset": catching(timer("2025-04-10T00:00:00+07:00", "timeDate")),
    "a message": catching('<b:messageEventDefinition messageRef="M"/>'),
    "a receive task": definitions(
        process(S, '<b:receiveTask id="r" messageRef="M"/>', E, line("s", "r", "e")), head=MESSAGE
    ),
    "a send task": definitions(process(S, '<b:sendTask id="r" messageRef="M"/>', E, line("s", "r", "e")), head=MESSAGE),
    "correlation and a payload in lines": definitions(
        process(S, event("intermediateThrowEvent", "t", '<b:messageEventDefinition messageRef="M"/>'), E, line("s", "t", "e")), head=CORRELATED
    ),
    "an event gateway": definitions(
        process(
            S, '<b:eventBasedGateway id="g"/>', event("intermediateCatchEvent", "c", '<b:messageEventDefinition messageRef="M"/>'),
            event("intermediateCatchEvent", "t", timer("PT1H")), E, event("endEvent", "e2"), line("s", "g", "c", "e"), line("g", "t", "e2"),
        ),
        head=MESSAGE,
    ),
    "parallel": definitions(
        process(
            S, '<b:parallelGateway id="g"/><b:parallelGateway id="j"/>', user("u"), user("v"), E,
            line("s", "g", "u", "j", "e"), line("g", "v", "j"),
        )
    ),
    "inclusive": definitions(
        process(
            S, '<b:inclusiveGateway id="g" default="f_g_w"/><b:inclusiveGateway id="j"/>', user("u"), user("v"), user("w"), E,
            line("s", "g"), flow("g", "u", "x == 1"), flow("g", "v", "x &gt; 0 and x in [1, 2]"), flow("g", "w"),
            line("u", "j", "e"), line("v", "j"), line("w", "j"),
        )
    ),
    "a return loop": definitions(
        process(
            S, user("u"), user("v"), '<b:exclusiveGateway id="g" default="f_g_e"/>', E, line("s", "u", "v", "g", "e"), flow("g", "u", "x == 2"),
        )
    ),
    "a sub-process": sub(INNER),
    "a transaction": sub(INNER, kind="transaction"),
    "a transaction that is cancelled": sub(
        event("startEvent", "s1") + user("u") + event("endEvent", "e1", "<b:cancelEventDefinition/>") + line("s1", "u", "e1"),
        kind="transaction",
        more=event("boundaryEvent", "b", "<b:cancelEventDefinition/>", 'attachedToRef="sub"') + user("v") + event("endEvent", "e2") + line("b", "v", "e2"),
    ),
    "a signal between branches": definitions(
        process(
            S, '<b:parallelGateway id="g"/>', user("u"), event("intermediateThrowEvent", "t", '<b:signalEventDefinition signalRef="X"/>'), E,
            event("intermediateCatchEvent", "c", '<b:signalEventDefinition signalRef="X"/>'), event("endEvent", "e2"),
            line("s", "g", "u", "t", "e"), line("g", "c", "e2"),
        ),
        head='<b:signal id="X" name="bel"/>',
    ),
    "an event sub-process of time": sub(INNER + HANDLER),
    "an error end and its border": sub(
        event("startEvent", "s1") + user("u") + event("endEvent", "e1", '<b:errorEventDefinition errorRef="R"/>') + line("s1", "u", "e1"),
        more=event("boundaryEvent", "b", "<b:errorEventDefinition/>", 'attachedToRef="sub"') + event("endEvent", "e2") + line("b", "e2"),
    ).replace("<bpmn:process", '<bpmn:error id="R" name="gagal" errorCode="G"/><bpmn:process', 1),
    "an escalation": sub(
        event("startEvent", "s1") + event("intermediateThrowEvent", "t", '<b:escalationEventDefinition escalationRef="X"/>')
        + user("u") + event("endEvent", "e1") + line("s1", "t", "u", "e1"),
        more=event("boundaryEvent", "b", '<b:escalationEventDefinition escalationRef="X"/>', 'attachedToRef="sub" cancelActivity="false"')
        + user("v") + event("endEvent", "e2") + line("b", "v", "e2"),
    ).replace("<bpmn:process", '<bpmn:escalation id="X" name="naik" escalationCode="N"/><bpmn:process', 1),
    "a terminate end": definitions(
        process(
            S, '<b:parallelGateway id="g"/>', user("u"), user("v"), event("endEvent", "e", "<b:terminateEventDefinition/>"), event("endEvent", "e2"),
            line("s", "g", "u", "e"), line("g", "v", "e2"),
        )
    ),
    "many of a number": simple(user("u", MANY.format('isSequential="1"', "<b:loopCardinality>2</b:loopCardinality>"))),
    "many of a list": simple(
        user("u", MANY.format("", '<b:loopDataInputRef>\n daftar \n</b:loopDataInputRef><b:inputDataItem id="satu" name="satu"/>'))
    ),
    "a standard loop": simple(user("u", '<b:standardLoopCharacteristics loopMaximum="2"/>')),
    "spiffworkflow service": simple(SPIFF_SERVICE),
    "spiffworkflow user form": simple(
        user("u", extension('<spiffworkflow:properties><spiffworkflow:property name="formJsonSchemaFilename" value="a.json"/></spiffworkflow:properties>'
                            "<spiffworkflow:instructionsForEndUser>Isi **formulir** {{ x }}</spiffworkflow:instructionsForEndUser>"))
    ),
    "a pool that is not run": definitions(
        process(S, user("u"), E, line("s", "u", "e")),
        head='<b:process id="lain" isExecutable="false"><b:task id="t1"/><b:complexGateway id="cg"/>'
        '<b:intermediateThrowEvent id="l1"><b:linkEventDefinition name="A"/></b:intermediateThrowEvent></b:process>',
    ),
    "an event that starts it too": definitions(
        process(S, event("startEvent", "s2", '<b:messageEventDefinition messageRef="M"/>'), user("u"), E, line("s", "u", "e"), line("s2", "u")), head=MESSAGE
    ),
    "no end event": definitions(process(S, user("u"), line("s", "u"))),
    "no lines to join": definitions(process(S, "<b:exclusiveGateway id='g'/>", user("u"), E, line("s", "g", "u", "e"))),
    "flows without ids": simple().replace('id="f_s_u" ', "").replace('id="f_u_e" ', ""),
    "annotations and documentation": simple(
        user("u", "<b:documentation>Lihat ${tautan} dan &lt;script&gt;</b:documentation>"),
        more='<b:textAnnotation id="ta"><b:text>eval(1)</b:text></b:textAnnotation><b:association id="as" sourceRef="u" targetRef="ta"/>'
        '<b:group id="gr"/>',
    ),
}  # fmt: skip

REFUSED: dict[str, tuple[str, set[str]]] = {
    # code
    "script task": (simple('<b:scriptTask id="u" scriptFormat="groovy"><b:script>x = 1</b:script></b:scriptTask>'), {"skrip"}),
    "script in a pool that is not run": (
        simple(head='<b:process id="lain"><b:scriptTask id="t1"><b:script>x</b:script></b:scriptTask></b:process>'), {"skrip"}
    ),
    "global script task": (simple(head='<b:globalScriptTask id="gs"/>'), {"skrip"}),
    "camunda listener": (simple(user("u", extension('<camunda:executionListener class="a.B" event="start"/>'))), {"kode"}),
    "camunda task listener with script": (
        simple(user("u", extension('<camunda:taskListener event="create"><camunda:script scriptFormat="groovy">x</camunda:script></camunda:taskListener>'))), {"kode"}
    ),
    "camunda input with script": (
        simple(user("u", extension('<camunda:inputOutput><camunda:inputParameter name="a"><camunda:script scriptFormat="js">1</camunda:script>'
                                   "</camunda:inputParameter></camunda:inputOutput>"))), {"kode"}
    ),
    "camunda input with JUEL": (
        simple(user("u", extension('<camunda:inputOutput><camunda:inputParameter name="a">${bean.run()}</camunda:inputParameter></camunda:inputOutput>'))), {"kode"}
    ),
    "camunda assignee with JUEL": (simple(user("u", "", 'camunda:assignee="${starter}"')), {"kode"}),
    "camunda form default with JUEL": (
        simple(user("u", extension('<camunda:formData><camunda:formField id="a" defaultValue="${x()}"/></camunda:formData>'))), {"kode"}
    ),
    "camunda class": (simple('<b:serviceTask id="u" camunda:class="org.a.B"/>'), {"kode", "tanpa_layanan"}),
    "camunda delegate in a mapping": (
        definitions(process(S, '<b:callActivity id="u" calledElement="lain" camunda:variableMappingDelegateExpression="${m}"/>', E, line("s", "u", "e"))), {"kode"}
    ),
    "camunda call by expression": (definitions(process(S, '<b:callActivity id="u" calledElement="${x}"/>', E, line("s", "u", "e"))), {"kode"}),
    "camunda in with sourceExpression": (
        definitions(process(S, '<b:callActivity id="u" calledElement="lain">' + extension('<camunda:in sourceExpression="${x}" target="y"/>') + "</b:callActivity>",
                            E, line("s", "u", "e"))), {"kode"}
    ),
    "zeebe script": (simple('<b:scriptTask id="u">' + extension('<zeebe:script expression="=1+1" resultVariable="x"/>') + "</b:scriptTask>"), {"kode", "skrip"}),
    "zeebe input in FEEL": (simple(user("u", extension('<zeebe:ioMapping><zeebe:input source="=a.b" target="c"/></zeebe:ioMapping>'))), {"kode"}),
    "zeebe assignee in FEEL": (simple(user("u", extension('<zeebe:assignmentDefinition assignee="=manager"/>'))), {"kode"}),
    "zeebe listener": (simple(user("u", extension('<zeebe:executionListeners><zeebe:executionListener eventType="start" type="a"/></zeebe:executionListeners>'))), {"kode"}),
    "zeebe service": (simple('<b:serviceTask id="u">' + extension('<zeebe:taskDefinition type="kirim"/>') + "</b:serviceTask>"), {"tanpa_layanan"}),
    "zeebe list": (
        simple(user("u", MANY.format("", extension('<zeebe:loopCharacteristics inputCollection="=daftar" inputElement="satu"/>')))), {"kode", "pengulangan"}
    ),
    "flowable field": (
        simple('<b:serviceTask id="u" flowable:type="shell">' + extension('<flowable:field name="command"><flowable:expression>ls</flowable:expression></flowable:field>')
               + "</b:serviceTask>"), {"kode"}
    ),
    "flowable skip": (simple(user("u", "", 'flowable:skipExpression="${true}"')), {"kode"}),
    "activiti list": (simple(user("u", MANY.format('activiti:collection="${daftar}" activiti:elementVariable="satu"', ""))), {"kode", "pengulangan"}),
    "activiti assignee as a call": (
        simple(user("u", "<b:potentialOwner><b:resourceAssignmentExpression><b:formalExpression>${a.b()}</b:formalExpression>"
                    "</b:resourceAssignmentExpression></b:potentialOwner>")), {"kode"}
    ),
    "jbpm entry script": (
        simple(user("u", extension('<drools:onEntry-script scriptFormat="http://www.java.com/java"><drools:script>System.exit(0);</drools:script></drools:onEntry-script>'))),
        {"kode"},
    ),
    "jbpm assignment": (simple(user("u", ASSIGNMENT.format("java.lang.Runtime.getRuntime()"))), {"kode"}),
    "transformation": (simple(user("u", "<b:dataOutputAssociation><b:targetRef>x</b:targetRef><b:transformation>a + b</b:transformation></b:dataOutputAssociation>")), {"kode"}),
    "spiff prescript": (simple(user("u", extension("<spiffworkflow:preScript>import os</spiffworkflow:preScript>"))), {"kode"}),
    "spiff postscript": (simple(user("u", extension("<spiffworkflow:postScript>x = 1</spiffworkflow:postScript>"))), {"kode"}),
    "spiff parameter": (simple(SPIFF_SERVICE.replace('value="x"', 'value="open(1)"')), {"ungkapan"}),
    "spiff metadata": (simple(user("u", extension('<spiffworkflow:taskMetadataValues><spiffworkflow:taskMetadataValue name="a" value="f(x)"/></spiffworkflow:taskMetadataValues>'))), {"ungkapan"}),
    "payload": (catching('<b:messageEventDefinition messageRef="M"/>', head=CORRELATED.replace('"x": x', '"x": x.y')), {"ungkapan"}),
    "correlation": (
        catching('<b:messageEventDefinition messageRef="M"/>', head=CORRELATED.replace("<b:formalExpression>nomor", "<b:formalExpression>exec(nomor)")), {"ungkapan"}
    ),
    "html with a script": (simple(user("u", '<b:documentation><div xmlns="http://www.w3.org/1999/xhtml"><script>x()</script></div></b:documentation>')), {"kode"}),
    "python condition": (choice("__import__('os').system('x')"), {"ungkapan"}),
    "JUEL condition": (choice("${x == 1}"), {"ungkapan"}),
    "FEEL condition": (choice("=x = 1"), {"ungkapan"}),
    "groovy condition": (choice("x == 1", attributes='language="groovy"'), {"bahasa_ungkapan"}),
    "code in a completion condition": (
        simple(user("u", MANY.format("", "<b:loopCardinality>2</b:loopCardinality><b:completionCondition>f()</b:completionCondition>"))), {"ungkapan"}
    ),
    "code in a cardinality": (simple(user("u", MANY.format("", "<b:loopCardinality>len(x)</b:loopCardinality>"))), {"ungkapan"}),
    "code in a list": (simple(user("u", MANY.format("", "<b:loopDataInputRef>x.y()</b:loopDataInputRef>"))), {"ungkapan"}),
    "code in a loop": (simple(user("u", "<b:standardLoopCharacteristics><b:loopCondition>f(x)</b:loopCondition></b:standardLoopCharacteristics>")), {"ungkapan"}),
    # what the engine does not do
    "plain task": (simple('<b:task id="u"/>'), {"tugas_tanpa_jenis"}),
    "manual task": (simple('<b:manualTask id="u"/>'), {"tugas_manual"}),
    "send task without a message": (simple('<b:sendTask id="u"/>'), {"tanpa_pesan"}),
    "receive task without a message": (simple('<b:receiveTask id="u"/>'), {"tanpa_pesan"}),
    "rule without a table": (simple('<b:businessRuleTask id="u"/>'), {"tanpa_keputusan"}),
    "complex gateway": (definitions(process(S, '<b:complexGateway id="g"/>', user("u"), E, line("s", "g", "u", "e"))), {"gerbang_kompleks"}),
    "ad-hoc": (sub(user("u"), kind="adHocSubProcess"), {"ad_hoc"}),
    "compensation": (boundary('<b:compensateEventDefinition/>'), {"kompensasi"}),
    "compensation task": (simple(user("u", "", 'isForCompensation="true"')), {"kompensasi"}),
    "conditional event": (catching("<b:conditionalEventDefinition><b:condition>x</b:condition></b:conditionalEventDefinition>"), {"kejadian_bersyarat"}),
    "link": (
        definitions(process(S, event("intermediateThrowEvent", "l", '<b:linkEventDefinition name="A"/>'), event("intermediateCatchEvent", "m", '<b:linkEventDefinition name="A"/>'),
                            user("u"), E, line("s", "l"), line("m", "u", "e"))), {"tautan"}
    ),
    "definition by reference": (catching("<b:eventDefinitionRef>td</b:eventDefinitionRef>", head='<b:signalEventDefinition id="td"/>'), {"definisi_rujukan"}),
    "signal end": (
        definitions(process(S, user("u"), event("endEvent", "e", '<b:signalEventDefinition signalRef="X"/>'), line("s", "u", "e")), head='<b:signal id="X" name="x"/>'),
        {"kejadian"},
    ),
    "cancel outside a transaction": (
        definitions(process(S, user("u"), event("endEvent", "e", "<b:cancelEventDefinition/>"), line("s", "u", "e"))), {"pembatalan"}
    ),
    "two triggers": (catching('<b:messageEventDefinition messageRef="M"/>' + timer("P1D")), {"kejadian_ganda"}),
    "error event sub-process": (sub(INNER + HANDLER.replace(timer("P1D"), "<b:errorEventDefinition/>")), {"sub_proses_kejadian"}),
    "message event sub-process": (
        sub(INNER + HANDLER.replace(timer("P1D"), '<b:messageEventDefinition messageRef="M"/>')).replace("<bpmn:process", '<bpmn:message id="M" name="m"/><bpmn:process', 1),
        {"sub_proses_kejadian"},
    ),
    "choreography": (definitions('<b:choreography id="ch"><b:choreographyTask id="ct" initiatingParticipantRef="a"/></b:choreography>'), {"tanpa_proses"}),
    "collaboration only": (definitions('<b:collaboration id="k"><b:participant id="a"/><b:participant id="c"/></b:collaboration>'), {"tanpa_proses"}),
    "not executable": (definitions(process(S, user("u"), E, line("s", "u", "e"), attributes="")), {"tidak_dapat_dijalankan"}),
    # shape
    "two processes": (simple(tail='<b:process id="q" isExecutable="true"/>'), {"proses_ganda"}),
    "no start": (definitions(process(user("u"), E, line("u", "e"))), {"tanpa_awal"}),
    "two starts": (definitions(process(S, event("startEvent", "s2"), user("u"), E, line("s", "u", "e"), line("s2", "u"))), {"awal_ganda"}),
    "message start only": (
        definitions(process(event("startEvent", "s", '<b:messageEventDefinition messageRef="M"/>'), user("u"), E, line("s", "u", "e")), head=MESSAGE), {"awal_berpemicu"}
    ),
    "flow to nowhere": (definitions(process(S, user("u"), E, line("s", "u", "tidak_ada"))), {"aliran_putus"}),
    "two flows of one pair": (simple(more='<b:sequenceFlow id="ff" sourceRef="s" targetRef="u"/>'), {"aliran_ganda"}),
    "flow over a border": (sub(INNER, more=flow("u", "e")), {"aliran_menyeberang"}),
    "several ways out of a task": (definitions(process(S, user("u"), user("v"), E, line("s", "u", "v", "e"), line("u", "e"))), {"cabang_tersirat"}),
    "condition after a task": (definitions(process(S, user("u"), E, line("s", "u"), flow("u", "e", "x == 1"))), {"syarat_diabaikan"}),
    "no default": (choice("x == 1").replace(' default="f_g_e"', ""), {"tanpa_aliran_bawaan", "aliran_tanpa_syarat"}),
    "one way with a condition": (definitions(process(S, '<b:exclusiveGateway id="g"/>', E, line("s", "g"), flow("g", "e", "x == 1"))), {"tanpa_aliran_bawaan"}),
    "gateway without a way out": (definitions(process(S, user("u"), '<b:parallelGateway id="g"/>', E, line("s", "u", "g"))), {"gerbang_buntu"}),
    "event gateway to a person": (definitions(process(S, '<b:eventBasedGateway id="g"/>', user("u"), E, line("s", "g", "u", "e"))), {"gerbang_kejadian"}),
    "two timers after an event gateway": (
        definitions(process(S, '<b:eventBasedGateway id="g"/>', event("intermediateCatchEvent", "a", timer("P1D")), event("intermediateCatchEvent", "b", timer("P2D")), E,
                            line("s", "g", "a", "e"), line("g", "b", "e"))), {"pewaktu_ganda"}
    ),
    "border of nothing": (boundary(timer("P1D")).replace('attachedToRef="u"', 'attachedToRef="tidak_ada"'), {"tempelan_putus"}),
    "border of an event": (boundary(timer("P1D")).replace('attachedToRef="u"', 'attachedToRef="s"'), {"tempelan_putus"}),
    "a way into a start": (definitions(process(S, user("u"), line("s", "u", "s"))), {"aliran_terbalik"}),
    "a way out of an end": (definitions(process(S, user("u"), E, user("v"), line("s", "u", "e", "v"))), {"aliran_terbalik"}),
    "a sub-process that does not reach its end": (sub(INNER.replace("f_u_e1", "x").replace('sourceRef="u"', 'sourceRef="s1"')), {"buntu"}),
    "a repeated event": (definitions(process(S, user("u"), event("endEvent", "e", MANY.format("", "<b:loopCardinality>2</b:loopCardinality>")), line("s", "u", "e"))), {"pengulangan"}),
    "a parameter of nothing": (simple(SPIFF_SERVICE.replace(' type="str"', "")), {"parameter"}),
    "a payload that is a name": (catching('<b:messageEventDefinition messageRef="M"/>', head=CORRELATED.replace('{\n"nomor": nomor,\n"x": x\n}', "x")), {"ungkapan"}),
    "a message twice": (catching('<b:messageEventDefinition messageRef="M"/>', head=MESSAGE + MESSAGE), {"id_ganda"}),
    "empty sub-process": (sub(""), {"sub_proses_awal", "sub_proses_akhir"}),
    "sub-process with a timer start": (sub(INNER.replace('<b:startEvent id="s1" >', '<b:startEvent id="s1">' + timer("P1D"))), {"sub_proses_awal"}),
    "loop without a rest": (
        definitions(process(S, '<b:exclusiveGateway id="g" default="f_g_h"/><b:exclusiveGateway id="h" default="f_h_e"/>', E, line("s", "g", "h", "e"), flow("h", "g", "x == 1"))),
        {"putaran_tanpa_henti"},
    ),
    "loop without a way out": (definitions(process(S, user("u"), user("v"), E, line("s", "u", "v", "u"))), {"putaran_tanpa_jalan_keluar"}),
    "calls itself": (definitions(process(S, '<b:callActivity id="u" calledElement="p"/>', E, line("s", "u", "e"))), {"panggilan_melingkar"}),
    "a called process in the same file": (
        definitions(
            process(S, '<b:callActivity id="c" calledElement="q"/>', E, line("s", "c", "e")),
            tail=process(event("startEvent", "s2"), event("endEvent", "e2"), line("s2", "e2"), attributes="", key="q"),
        ),
        {"panggilan_setempat"},
    ),
    "call without a name": (definitions(process(S, '<b:callActivity id="u"/>', E, line("s", "u", "e"))), {"tanpa_proses_panggilan"}),
    "message that is not there": (catching('<b:messageEventDefinition messageRef="X"/>'), {"rujukan_putus"}),
    "error that is a message": (boundary('<b:errorEventDefinition errorRef="M"/>', head=MESSAGE), {"rujukan_putus"}),
    "message without a name": (catching('<b:messageEventDefinition messageRef="M"/>', head='<b:message id="M"/>'), {"tanpa_nama"}),
    "message of nothing": (catching("<b:messageEventDefinition/>"), {"tanpa_pesan"}),
    "event of nothing": (catching(""), {"kejadian_kosong"}),
    "many without a number": (simple(user("u", MANY.format("", ""))), {"pengulangan"}),
    "many too many": (simple(user("u", MANY.format("", "<b:loopCardinality>99999999</b:loopCardinality>"))), {"pengulangan"}),
    "standard loop without an end": (simple(user("u", "<b:standardLoopCharacteristics/>")), {"pengulangan"}),
    "standard loop of words": (simple(user("u", '<b:standardLoopCharacteristics loopMaximum="banyak"/>')), {"pengulangan"}),
    # ids
    "an id twice": (definitions(process(S, user("u"), user("u"), E, line("s", "u", "e"))), {"id_ganda"}),
    "a sub-process named as the process": (sub(INNER, key="p"), {"id_ganda"}),
    "a reserved id": (simple(key="Start"), {"id_terlarang"}),
    "an id of an inner node": (simple(key="u.BoundaryEventSplit"), {"id_terlarang"}),
    "no id": (simple().replace('<bpmn:userTask id="u"', "<bpmn:userTask"), {"tanpa_id", "aliran_putus"}),
    "a huge id": (simple(key="u" * 70_000), {"id_panjang"}),
    "an id with quotes": (simple(key="u' or '1'='1"), {"id_tidak_sah"}),
    "a huge name": (simple(user("u").replace("Tugas u", "T" * 5000)), {"nama_panjang"}),
}  # fmt: skip
